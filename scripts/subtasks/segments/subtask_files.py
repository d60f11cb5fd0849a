"""The JSON file that holds an episode's subtasks, and that a person may correct."""

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from subtasks.errors import Problem
from subtasks.segments.segment import (
    MAX_LABEL,
    Segment,
    Unusable,
    clean_label,
    read_entry,
    shorten_json,
)

FILE_NAME = "episode_{episode_index:06d}.json"

log = logging.getLogger("subtasks")


# The file a person may correct


def dump(segments: Iterable[Segment]) -> str:
    """Give the JSON text of a subtasks file."""
    entries = [asdict(segment) for segment in segments]
    return json.dumps(entries, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def load(path: Path) -> list[Segment]:
    """Read a subtasks file, sorted by time; an empty list is an episode without labels.

    Labels are returned as they stand, since other readers of the file take them so. Raises
    `Problem` naming the file, the entry and what is allowed.
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise Problem(f"{path} is no valid JSON: {error}") from error
    if not isinstance(entries, list):
        raise Problem(f'{path} must hold a JSON array of {{"time": …, "subtask": …}} objects')
    segments = []
    for number, entry in enumerate(entries, start=1):
        try:
            segment = read_entry(entry)
        except Unusable as reason:
            raise Problem(
                f"{path}, entry {number}: {reason}; an entry is an object with "
                '"time", a number of seconds from 0, and "subtask", a text'
            ) from reason
        if segment.subtask != (cleaned := clean_label(segment.subtask)):
            raise Problem(
                f"{path}, entry {number}: subtask has control characters, white space to fold or "
                f"more than {MAX_LABEL} characters; write {shorten_json(cleaned)} instead"
            )
        segments.append(segment)
    return sorted(segments, key=lambda segment: segment.time)


def load_all(folder: Path, episodes: Iterable[int]) -> Iterator[tuple[int, list[Segment]]]:
    """Load the subtasks files of some episodes (see `load`)."""
    for episode in episodes:
        yield episode, load(folder / FILE_NAME.format(episode_index=episode))
