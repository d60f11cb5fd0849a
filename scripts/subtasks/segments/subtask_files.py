"""The JSON file with the subtasks of an episode, which a person may correct."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from subtasks.errors import Problem
from subtasks.segments.segment import MAX_LABEL, Segment, Unusable, clean_label, read_entry
from subtasks.wording import shorten_json

FILE_NAME = "episode_{episode_index:06d}.json"
"""Name of an episode's subtasks file, as a pattern that OpenTau fills in too."""


def dump(segments: Iterable[Segment]) -> str:
    """Return the JSON text of a subtasks file."""
    entries = [asdict(segment) for segment in segments]
    return json.dumps(entries, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def load(path: Path) -> list[Segment]:
    """Read a subtasks file, sorted by time; an empty list is an episode without labels.

    Labels are returned unchanged, because other readers of the file do not clean them. Raises
    `Problem` with the file, the entry and what is allowed.
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise Problem(f"{path} is not valid JSON: {error}") from error
    if not isinstance(entries, list):
        raise Problem(f'{path} must hold a JSON array of {{"time": …, "subtask": …}} objects')
    segments = []
    for number, entry in enumerate(entries, start=1):
        try:
            segment = read_entry(entry)
        except Unusable as reason:
            raise Problem(
                f"{path}, entry {number}: {reason}; an entry must be an object with "
                '"time", the seconds since the start of the episode, and "subtask", a text'
            ) from reason
        if segment.subtask != (cleaned := clean_label(segment.subtask)):
            raise Problem(
                f"{path}, entry {number}: subtask has control characters, superfluous white space "
                f"or more than {MAX_LABEL} characters; write {shorten_json(cleaned)} instead"
            )
        segments.append(segment)
    return sorted(segments, key=lambda segment: segment.time)


def load_all(folder: Path, episodes: Iterable[int]) -> Iterator[tuple[int, list[Segment]]]:
    """Load the subtasks files of some episodes (see `load`)."""
    for episode in episodes:
        yield episode, load(folder / FILE_NAME.format(episode_index=episode))
