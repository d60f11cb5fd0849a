"""Segments of an episode: one entry of a list, settled on real frames, spread over them.

Everything here is pure and imports nothing but the standard library, so that programs which only
handle segments start quickly.
"""

import logging
import math
import re
import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from subtasks.wording import shorten_json

MAX_LABEL = 200
"""Characters of a label."""

TIME_DECIMALS = 6
"""Decimals of a time in seconds: enough to find the frame again at any rate below 500 kHz."""

_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_WHITE_SPACE = re.compile(r"\s+")

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Segment:
    """From `time` on (seconds since the episode's start), the robot does `subtask`.

    `original` are the model's own words where a vocabulary has put others in their place.
    `mistake` says that the robot fails in it, as a person has seen.
    """

    time: float
    subtask: str
    original: str | None = None
    mistake: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Frames `start` up to but not including `stop` of an episode carry `subtask`.

    `original` is that of the segment.
    """

    start: int
    stop: int
    subtask: str
    original: str | None = None


class Unusable(ValueError):
    """Why an answer gives no subtasks, in one sentence that can be quoted to the model.

    The sentence is part of the question that is asked next, and so of the key under which that
    question's reply is stored: rewording one asks again what has been paid for.
    """


def read_entry(entry: Any) -> Segment:
    """Read one entry of a list of subtasks; raises `Unusable` with the reason as a clause."""
    if not isinstance(entry, dict):
        raise Unusable(f"{shorten_json(entry)} is not an object")
    for key in ("time", "subtask"):
        if key not in entry:
            raise Unusable(f'it has no "{key}"')
    time, subtask = read_time(entry["time"]), entry["subtask"]
    if not isinstance(subtask, str):
        raise Unusable(f"subtask {shorten_json(subtask)} is not a text")
    if not clean_label(subtask):
        raise Unusable("subtask is an empty text")
    # Interned, because thousands of episodes share a few labels.
    return Segment(time, sys.intern(subtask))


def read_time(time: Any) -> float:
    """Read a time in seconds, which may be a text; raises `Unusable` with a clause."""
    if isinstance(time, str) and _PLAIN_NUMBER.fullmatch(time.strip()):
        time = float(time)
    if isinstance(time, bool) or not isinstance(time, float | int):
        raise Unusable(f"time {shorten_json(time)} is not a number of seconds")
    if not math.isfinite(time):
        raise Unusable(f"time {shorten_json(time)} is not finite")
    if time < 0:
        raise Unusable(f"time {shorten_json(time)} is negative")
    return float(time)


# Settling on frames


def settle(entries: Iterable[Segment], fps: float, length: int) -> list[Segment]:
    """Put entries on the frames of an episode of `length` frames at `fps`.

    The result is sorted. Each time is that of the nearest frame (k / fps, rounded to
    microseconds); the first is 0.0, so the first label is carried back to the start. Entries at
    or after the end (length / fps) are dropped. Of several on one frame the last in time, then in
    the answer's order, remains. Neighbours with the same label become one. Labels are cleaned (see
    `clean_label`). Settling a second time changes nothing.

    Raises `Unusable` if nothing remains.
    """
    end = length / fps
    labels: dict[int, str] = {}
    # Before sorting, because a NaN would spoil the order of the others.
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

    All of Unicode's categories C* are dropped: control, format (bidirectional and zero-width
    marks), surrogates, private use and unassigned.
    """
    # White space first: a line break is a control character, but it separates two words.
    spaced = _WHITE_SPACE.sub(" ", label)
    if not spaced.isascii() or not spaced.isprintable():
        spaced = "".join(char for char in spaced if not unicodedata.category(char).startswith("C"))
    return _WHITE_SPACE.sub(" ", spaced).strip()[:MAX_LABEL].rstrip()


# Spreading over frames


def spans(segments: Iterable[Segment], fps: float, length: int) -> list[Span]:
    """Find the frames that each segment covers in an episode of `length` frames, as OpenTau does.

    A segment starts at frame round(time * fps), with Python's rounding of halves to even, and
    ends where the next one in time starts; the last ends with the episode. Segments that start at
    or after the end and those that cover no frame are dropped with a warning.
    """
    ordered = sorted(segments, key=lambda segment: segment.time)
    # min() before round(), because a finite time may be infinitely many frames.
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
        elif start == stop:
            log.warning(
                "dropped the subtask %s at %g s: the next one begins in the same frame",
                shorten_json(segment.subtask),
                segment.time,
            )
        else:
            found.append(Span(start, stop, segment.subtask, segment.original))
    return found
