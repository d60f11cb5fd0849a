"""Segments of an episode: read from a model's answer, settled on real frames, spread over them.

Everything here is pure and imports the standard library alone, so that rules which only
handle segments start at once.
"""

import json
import logging
import math
import re
import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

"""Name of an episode's subtasks file, in the form that OpenTau fills in."""

MAX_LABEL = 200
"""Characters of a label."""

TIME_DECIMALS = 6
"""Decimals of a time in seconds; a frame of anything slower than 500 kHz is found again."""
SHOWN_CHARACTERS = 40
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_WHITE_SPACE = re.compile(r"\s+")

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Segment:
    """From `time` (seconds in the episode's own time) on, the robot does `subtask`."""

    time: float
    subtask: str


@dataclass(frozen=True, slots=True)
class Span:
    """Frames `start` up to but not including `stop` of an episode carry `subtask`."""

    start: int
    stop: int
    subtask: str


class Unusable(ValueError):
    """Why an answer gives no subtasks, in one sentence fit to be quoted to the model."""


def read_entry(entry: Any) -> Segment:
    """Read one entry; raises `Unusable` with the reason in a clause."""
    if not isinstance(entry, dict):
        raise Unusable(f"{shorten_json(entry)} is no object")
    for key in ("time", "subtask"):
        if key not in entry:
            raise Unusable(f'it has no "{key}"')
    time, subtask = entry["time"], entry["subtask"]
    if isinstance(time, str) and _PLAIN_NUMBER.fullmatch(time.strip()):
        time = float(time)
    if isinstance(time, bool) or not isinstance(time, float | int):
        raise Unusable(f"time {shorten_json(time)} is no number of seconds")
    if not math.isfinite(time):
        raise Unusable(f"time {shorten_json(time)} is not finite")
    if time < 0:
        raise Unusable(f"time {shorten_json(time)} is negative")
    if not isinstance(subtask, str):
        raise Unusable(f"subtask {shorten_json(subtask)} is no text")
    if not clean_label(subtask):
        raise Unusable("subtask is an empty text")
    # Interned, since the same few labels return in thousands of episodes.
    return Segment(float(time), sys.intern(subtask))


def shorten_json(value: Any) -> str:
    """Show a JSON value in a message, short whatever its size."""
    match value:
        case dict():
            return "an object"
        case list():
            return "an array"
        case str():
            cut = value[:SHOWN_CHARACTERS]
            return json.dumps(cut) if cut == value else json.dumps(cut) + "…"
        case _:
            return json.dumps(value)


# Settling on frames


def settle(entries: Iterable[Segment], fps: float, length: int) -> list[Segment]:
    """Put entries on the frames of an episode of `length` frames at `fps`.

    The result is sorted, each time that of the nearest frame (k / fps, rounded to
    microseconds), the first 0.0: the first label is carried back to the start. Entries at or
    after the end (length / fps) go; of several on one frame the last in time, then in the
    answer's order, stays; neighbours with the same label are one. Labels are cleaned (see
    `clean_label`). Settling what is settled changes nothing.

    Raises `Unusable` where nothing remains.
    """
    end = length / fps
    labels: dict[int, str] = {}
    # Before sorting: a NaN would spoil the order of the others.
    inside = [entry for entry in entries if 0 <= entry.time < end]
    for entry in sorted(inside, key=lambda entry: entry.time):
        if label := clean_label(entry.subtask):
            labels[min(round(entry.time * fps), length - 1)] = label
    if not labels:
        raise Unusable(f"No subtask begins inside the episode, which ends at {end:.3f} s.")
    settled: list[Segment] = []
    for frame, label in labels.items():
        if not settled:
            settled.append(Segment(0.0, label))
        elif label != settled[-1].subtask:
            settled.append(Segment(round(frame / fps, TIME_DECIMALS), label))
    return settled


def clean_label(label: str) -> str:
    """Fold white space, drop control and invisible characters, cut to `MAX_LABEL` characters.

    Dropped are Unicode's categories C*: control, format (bidirectional and zero-width marks),
    surrogates, private use and unassigned.
    """
    # White space first: a line break is a control character and still separates two words.
    spaced = _WHITE_SPACE.sub(" ", label)
    if not spaced.isascii() or not spaced.isprintable():
        spaced = "".join(char for char in spaced if not unicodedata.category(char).startswith("C"))
    return _WHITE_SPACE.sub(" ", spaced).strip()[:MAX_LABEL].rstrip()


# Spreading over frames


def spans(segments: Iterable[Segment], fps: float, length: int) -> list[Span]:
    """Find the frames each segment covers in an episode of `length` frames, by OpenTau's rule.

    Sorted by time, a segment covers frames round(time * fps), with Python's rounding of
    halves to even, up to the next one's, the last up to the end. One that starts at or beyond
    the end is dropped with a warning, one whose frames the next one takes is left out.
    """
    ordered = sorted(segments, key=lambda segment: segment.time)
    # min() before round(): a finite time may be infinite in frames.
    starts = [round(min(segment.time * fps, length)) for segment in ordered]
    found = []
    for segment, (start, stop) in zip(ordered, pairwise([*starts, length]), strict=True):
        if start >= length:
            log.warning(
                "dropped the subtask %s at %g s: the episode ends at %g s",
                shorten_json(segment.subtask),
                segment.time,
                length / fps,
            )
        elif start < stop:
            found.append(Span(start, stop, segment.subtask))
    return found
