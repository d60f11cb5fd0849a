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
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from subtasks.problem import Problem

FILE_NAME = "episode_{episode_index:06d}.json"
"""Name of an episode's subtasks file, in the form that OpenTau fills in."""

MAX_LABEL = 200
"""Characters of a label."""

TIME_DECIMALS = 6
"""Decimals of a time in seconds; a frame of anything slower than 500 kHz is found again."""

SHOWN_REASONS = 3
SHOWN_CHARACTERS = 40

# Looking for JSON inside prose tries every bracket, so nested or unclosed brackets would take
# quadratic time. The search gives up after reading this many times the answer's length.
SEARCH_EFFORT = 20
# A failed attempt costs this share of the answer's length on top of what it has read, because
# JSONDecodeError counts the lines before it.
ATTEMPT_SHARE = 500

_OPENING = re.compile(r"[\[{]")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_WHITE_SPACE = re.compile(r"\s+")
# parse_int: Python refuses integers of over 4,300 digits with an error of its own.
_DECODER = json.JSONDecoder(strict=False, parse_int=float)

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


@dataclass(frozen=True, slots=True)
class Parsed:
    """What an answer's array held: usable entries as they stood, and why others are not."""

    entries: list[Segment]
    refused: list[str]


class Unusable(ValueError):
    """Why an answer gives no subtasks, in one sentence fit to be quoted to the model."""


# An answer's text


def parse(text: str) -> Parsed:
    """Read the subtasks out of a model's answer.

    The array of `{"time": seconds, "subtask": label}` may stand alone, in a fence, in prose,
    or inside an object under any key. Of several arrays the first with a usable entry counts.
    Times may be strings that are plain numbers.

    Raises `Unusable` where no array has a usable entry. Takes linear time on any text.
    """
    if not text.strip():
        raise Unusable("The answer is empty.")
    first_refused: list[str] | None = None
    for array in _arrays(text):
        parsed = _read_entries(array)
        if parsed.entries:
            return parsed
        first_refused = first_refused or parsed.refused
    if first_refused is None:
        raise Unusable('The answer holds no complete JSON array of {"time", "subtask"} objects.')
    if not first_refused:
        raise Unusable("The array of subtasks is empty.")
    reasons = "; ".join(first_refused[:SHOWN_REASONS])
    more = len(first_refused) - SHOWN_REASONS
    raise Unusable(
        f"The array holds no usable entry: {reasons}{f'; and {more} more' if more > 0 else ''}."
    )


def _arrays(text: str) -> Iterator[list[Any]]:
    """Give every JSON array in `text`, outer before inner, `"subtasks"` before its siblings."""
    for value in _json_values(text):
        waiting = [value]
        while waiting:
            match waiting.pop():
                case list() as array:
                    yield array
                    waiting.extend(reversed(array))
                case dict() as mapping:
                    preferred = mapping.pop("subtasks", None)
                    waiting.extend(reversed(mapping.values()))
                    waiting.append(preferred)


def _json_values(text: str) -> Iterator[Any]:
    """Give every JSON array or object in `text` that lies inside no other, in order."""
    effort = SEARCH_EFFORT * len(text)
    position = 0
    while effort >= 0 and (opening := _OPENING.search(text, position)):
        start = opening.start()
        try:
            value, position = _DECODER.raw_decode(text, start)
        except json.JSONDecodeError as error:
            effort -= error.pos - start + len(text) // ATTEMPT_SHARE
            position = start + 1
        except RecursionError:
            effort -= len(text)
            position = start + 1
        else:
            yield value


def _read_entries(array: list[Any]) -> Parsed:
    entries, refused = [], []
    for number, entry in enumerate(array, start=1):
        try:
            entries.append(_read_entry(entry))
        except Unusable as reason:
            refused.append(f"entry {number}: {reason}")
    return Parsed(entries, refused)


def _read_entry(entry: Any) -> Segment:
    """Read one entry; raises `Unusable` with the reason in a clause."""
    if not isinstance(entry, dict):
        raise Unusable(f"{_shown(entry)} is no object")
    for key in ("time", "subtask"):
        if key not in entry:
            raise Unusable(f'it has no "{key}"')
    time, subtask = entry["time"], entry["subtask"]
    if isinstance(time, str) and _PLAIN_NUMBER.fullmatch(time.strip()):
        time = float(time)
    if isinstance(time, bool) or not isinstance(time, float | int):
        raise Unusable(f"time {_shown(time)} is no number of seconds")
    if not math.isfinite(time):
        raise Unusable(f"time {_shown(time)} is not finite")
    if time < 0:
        raise Unusable(f"time {_shown(time)} is negative")
    if not isinstance(subtask, str):
        raise Unusable(f"subtask {_shown(subtask)} is no text")
    if not clean_label(subtask):
        raise Unusable("subtask is an empty text")
    # Interned, since the same few labels return in thousands of episodes.
    return Segment(float(time), sys.intern(subtask))


def _shown(value: Any) -> str:
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
            segment = _read_entry(entry)
        except Unusable as reason:
            raise Problem(
                f"{path}, entry {number}: {reason}; an entry is an object with "
                '"time", a number of seconds from 0, and "subtask", a text'
            ) from reason
        if segment.subtask != (cleaned := clean_label(segment.subtask)):
            raise Problem(
                f"{path}, entry {number}: subtask has control characters, white space to fold or "
                f"more than {MAX_LABEL} characters; write {_shown(cleaned)} instead"
            )
        segments.append(segment)
    return sorted(segments, key=lambda segment: segment.time)


def load_all(folder: Path, episodes: Iterable[int]) -> Iterator[tuple[int, list[Segment]]]:
    """Load the subtasks files of some episodes (see `load`)."""
    for episode in episodes:
        yield episode, load(folder / FILE_NAME.format(episode_index=episode))


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
                _shown(segment.subtask),
                segment.time,
                length / fps,
            )
        elif start < stop:
            found.append(Span(start, stop, segment.subtask))
    return found
