"""A folder with a JSON file for each episode: [{"time": seconds, "subtask": label}, …].

These are the files of a result, those that OpenTau reads, and those that people correct.
"""

import re
from collections import defaultdict
from pathlib import Path

from subtasks.errors import Problem
from subtasks.segments import subtask_files
from subtasks.segments.segment import Unusable, read_entry
from subtasks.truth.written import WrittenSegment, WrittenTruth
from subtasks.wording import counted

FORM = "folder of JSON files"

MOST_FAULTS = 5
"""Sentences about files that cannot be read; of more, the others are counted."""

_NAME = re.compile(r"episode_([0-9]{1,9})\.json")


def find(folder: Path) -> dict[int, list[Path]]:
    """Return the files by episode number; of a wrong folder, some may have two."""
    found: dict[int, list[Path]] = defaultdict(list)
    for path in sorted(folder.iterdir()):
        if match := _NAME.fullmatch(path.name):
            found[int(match[1])].append(path)
    return dict(found)


def read(folder: Path, origin: str) -> WrittenTruth:
    """Read all files; a file that cannot be used is said and left out."""
    episodes: dict[int, list[WrittenSegment]] = {}
    faults = []
    for number, paths in find(folder).items():
        try:
            if len(paths) > 1:
                raise Problem(f"{paths[0].name} and {paths[1].name} are the same episode")
            episodes[number] = _segments(paths[0])
        except Problem as problem:
            faults.append(f"{problem}; this episode is left out")
        except OSError as error:
            reason = error.strerror or error
            faults.append(f"{paths[0]} cannot be read: {reason}; this episode is left out")
    if more := len(faults) - MOST_FAULTS:
        faults[MOST_FAULTS:] = [f"and {counted(more, 'other file')} like that"] if more > 0 else []
    return WrittenTruth(origin, FORM, episodes, tuple(faults), from_start=True)


def _segments(path: Path) -> list[WrittenSegment]:
    entries = subtask_files.parse(path)
    if not isinstance(entries, list):
        raise Problem(f'{path} must hold a JSON array of {{"time": …, "subtask": …}} objects')
    found = []
    for number, entry in enumerate(entries, start=1):
        try:
            segment = read_entry(entry)
        except Unusable as reason:
            raise Problem(f"{path}, entry {number}: {reason}") from None
        found.append(WrittenSegment(segment.time, None, segment.subtask))
    return found
