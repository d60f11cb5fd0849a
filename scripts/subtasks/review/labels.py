"""The labels that a page sends: judged, and put on the frames of their episode; pure."""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from subtasks.segments import subtask_files
from subtasks.segments.segment import (
    TIME_DECIMALS,
    Segment,
    Unusable,
    clean_label,
    read_entry,
)
from subtasks.segments.subtask_files import MAX_DIGITS, ROUNDING
from subtasks.wording import shorten_json


def parse(body: bytes) -> Any:
    """Read the JSON of a request. Raises `Unusable`."""
    try:
        return json.loads(body.decode(), parse_int=_number)
    except (ValueError, RecursionError):
        raise Unusable("The request is not valid JSON.") from None


def settled(entries: Any, fps: float, length: int) -> list[Segment]:
    """Judge a person's entries and put them on the frames of an episode of `length` frames.

    The first begins with the episode. Unlike those of a model, neighbours with the same label stay
    two: in one of them the robot may fail, or it does the same twice. Raises `Unusable` with a
    sentence.
    """
    if not isinstance(entries, list):
        raise Unusable('The request must have a list of "subtasks".')
    if len(entries) > length:
        raise Unusable(f"{len(entries):,} subtasks are more than the episode has frames: {length}.")
    segments = [_segment(number, entry) for number, entry in enumerate(entries, 1)]
    found = on_frames(segments, fps, length)
    if found and found[0].time > 0:
        found[0] = replace(found[0], time=0.0)
    return found


def on_frames(segments: Iterable[Segment], fps: float, length: int) -> list[Segment]:
    """Put segments on the nearest frames, in order. Raises `Unusable` with a sentence.

    A segment that begins at the end, or a rounding beyond it, begins with the last frame.
    """
    end = length / fps
    found: dict[int, Segment] = {}
    for segment in sorted(segments, key=lambda each: each.time):
        label = shorten_json(segment.subtask)
        if segment.time > end + ROUNDING:
            raise Unusable(
                f"{label} begins at {segment.time:g} s, after the end of the episode at "
                f"{end:.2f} s."
            )
        frame = min(round(segment.time * fps), length - 1)
        if frame in found:
            other = shorten_json(found[frame].subtask)
            raise Unusable(
                f"{other} and {label} begin in the same frame, at {frame / fps:.2f} s: "
                "move or remove one."
            )
        found[frame] = replace(segment, time=round(frame / fps, TIME_DECIMALS))
    return list(found.values())


def _segment(number: int, entry: Any) -> Segment:
    try:
        segment = read_entry(entry)
    except Unusable as reason:
        raise Unusable(f"Entry {number}: {reason}.") from None
    mistake = entry.get("mistake", False)
    if not isinstance(mistake, bool):
        raise Unusable(f'Entry {number}: "mistake" must be true or false.')
    return Segment(segment.time, label_of(segment.subtask, f"Entry {number}"), mistake=mistake)


def label_of(text: Any, where: str) -> str:
    """Return a label as it is written to a file. Raises `Unusable` where nothing is left of it."""
    if not isinstance(text, str):
        raise Unusable(f"{where}: the label {shorten_json(text)} is not a text.")
    if not (label := clean_label(text)):
        raise Unusable(f"{where}: the label is blank.")
    return label


def as_json(segments: Iterable[Segment]) -> list[dict[str, Any]]:
    """Return segments as a page gets them: without the model's own words."""
    return [
        {"time": each.time, "subtask": each.subtask, **({"mistake": True} if each.mistake else {})}
        for each in segments
    ]


def version(segments: Iterable[Segment], *, by_a_person: bool, remark: str = "") -> str:
    """Name what there is now: another version is other labels, or labels of somebody else.

    `remark` tells apart what has no labels, such as a damaged file.
    """
    text = subtask_files.dump(replace(each, original=None) for each in segments)
    content = f"{by_a_person}\n{remark}\n{text}".encode("utf-8", "backslashreplace")
    return hashlib.sha256(content).hexdigest()[:20]


def renamed(
    segments: Iterable[Segment], names: Mapping[str, str], *, remembers: bool
) -> list[Segment]:
    """Give labels other names; neighbours that only this makes equal become one.

    With `remembers`, segments that this changes have the words from before as their original.
    """
    found: list[Segment] = []
    before: str | None = None
    for segment in segments:
        label = names.get(segment.subtask, segment.subtask)
        same = found and (found[-1].subtask, found[-1].mistake) == (label, segment.mistake)
        if not same or before == segment.subtask:
            original = segment.original or segment.subtask
            keeps = remembers and label != original
            found.append(replace(segment, subtask=label, original=original if keeps else None))
        elif remembers and found[-1].original is None:
            found[-1] = replace(found[-1], original=found[-1].subtask)
        before = segment.subtask
    return found


def _number(digits: str) -> float:
    # Python refuses to read more than 4,300 digits as an integer.
    return int(digits) if len(digits) < MAX_DIGITS else math.inf
