"""The file with the true labels of a dataset, settled: all that is odd has been dealt with.

Times are seconds since the episode's start, segments are sorted and do not overlap, and none
reaches beyond the episode. Between them there may be gaps: time without a true label.
"""

import json
import math
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from subtasks import files
from subtasks.errors import Problem
from subtasks.segments.segment import TIME_DECIMALS


@dataclass(frozen=True, slots=True)
class TrueSegment:
    """From `start` to `end` (seconds since the episode's start), `label` is true."""

    start: float
    end: float
    label: str


@dataclass(frozen=True, slots=True)
class Truth:
    """The true labels of a dataset's episodes, by episode number.

    `origin` is where they come from, as a person wrote it, and `form` what was found there, such
    as "folder of JSON files". `notes` are sentences about what was wrong and how it was settled.
    """

    origin: str
    form: str
    notes: tuple[str, ...] = ()
    episodes: Mapping[int, tuple[TrueSegment, ...]] = field(default_factory=dict)


def write(path: Path, truth: Truth) -> None:
    """Write the file, the whole of it or nothing; an episode is a line of it."""
    head = {"origin": truth.origin, "form": truth.form, "notes": list(truth.notes)}
    lines = [
        f"    {json.dumps(str(episode))}: {_dump(_entries(segments))}"
        for episode, segments in sorted(truth.episodes.items())
    ]
    keys = [f"  {json.dumps(key)}: {_dump(value)}" for key, value in head.items()]
    episodes = "{\n" + ",\n".join(lines) + "\n  }" if lines else "{}"
    files.write_text(path, "{\n" + ",\n".join([*keys, f'  "episodes": {episodes}']) + "\n}\n")


def read(path: Path) -> Truth:
    """Read the file. Raises `Problem` for one that is damaged."""
    stored = files.read_json(path)
    try:
        origin, form, notes = stored["origin"], stored["form"], tuple(stored["notes"])
        episodes = {int(number): _segments(each) for number, each in stored["episodes"].items()}
        if not all(isinstance(each, str) for each in (origin, form, *notes)):
            raise TypeError
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Problem(f"{path} is damaged: remove it and run again") from None
    return Truth(origin, form, notes, episodes)


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _entries(segments: Iterable[TrueSegment]) -> list[list[float | str]]:
    return [
        [round(each.start, TIME_DECIMALS), round(each.end, TIME_DECIMALS), each.label]
        for each in segments
    ]


def _segments(entries: Any) -> tuple[TrueSegment, ...]:
    """Read an episode's segments; raises `ValueError` or `TypeError` for what is not settled."""
    segments = tuple(_segment(*entry) for entry in entries)
    if any(one.end > other.start for one, other in pairwise(segments)):
        raise ValueError
    return segments


def _segment(start: Any, end: Any, label: Any) -> TrueSegment:
    if not isinstance(label, str) or not label:
        raise TypeError
    for time in (start, end):
        if type(time) not in (int, float) or not math.isfinite(time):
            raise TypeError
    if not 0 <= start < end:
        raise ValueError
    # Interned, because thousands of episodes share a few labels.
    return TrueSegment(float(start), float(end), sys.intern(label))
