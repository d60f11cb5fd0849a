"""The JSON file with the subtasks of an episode, which a person may correct."""

import json
import math
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from subtasks.errors import Problem
from subtasks.segments.segment import (
    MAX_LABEL,
    TIME_DECIMALS,
    Segment,
    Unusable,
    clean_label,
    read_entry,
)
from subtasks.wording import shorten_json

FILE_NAME = "episode_{episode_index:06d}.json"
"""Name of an episode's subtasks file, as a pattern that OpenTau fills in too."""

ROUNDING = 0.05
"""Seconds by which a time that was read from a contact sheet may be off."""

MAX_DIGITS = 300
"""Digits of a whole number; larger ones are no float."""


def dump(segments: Iterable[Segment]) -> str:
    """Return the JSON text of a subtasks file.

    An entry has an "original" where there is one, and a "mistake" where it is one.
    """
    entries = [
        # By identity, since 0.0 equals False.
        {
            key: value
            for key, value in asdict(segment).items()
            if value is not None and value is not False
        }
        for segment in segments
    ]
    return json.dumps(entries, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def load(path: Path) -> list[Segment]:
    """Read a subtasks file, sorted by time; an empty list is an episode without labels.

    Labels are returned unchanged, because other readers of the file do not clean them. Raises
    `Problem` with the file, the entry and what is allowed.
    """
    entries = parse(path)
    if not isinstance(entries, list):
        raise Problem(f'{path} must hold a JSON array of {{"time": …, "subtask": …}} objects')
    segments: dict[int, Segment] = {}
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
        try:
            segments[number] = replace(segment, original=_original(entry), mistake=_mistake(entry))
        except Unusable as reason:
            raise Problem(f"{path}, entry {number}: {reason}") from reason
    ordered = sorted(segments.items(), key=lambda item: item[1].time)
    for (first, one), (second, other) in pairwise(ordered):
        # The same entry twice is no contradiction.
        if one.time == other.time and one.subtask != other.subtask:
            raise Problem(
                f"{path}, entries {first} and {second}: both begin at {one.time:g} s; give each a "
                "time of its own, or remove one"
            )
    return [segment for _, segment in ordered]


def _original(entry: dict[str, Any]) -> str | None:
    """Return the model's own words in an entry, if it has any. Raises `Unusable`."""
    match entry.get("original"):
        case None:
            return None
        case str() as words if words and words == clean_label(words):
            return sys.intern(words)
        case other:
            raise Unusable(
                f'"original" is {shorten_json(other)}; it must be a label as the model wrote it, '
                "or be left out"
            )


def _mistake(entry: dict[str, Any]) -> bool:
    """Return whether an entry is a mistake of the robot's. Raises `Unusable`."""
    match entry.get("mistake", False):
        case bool() as mistake:
            return mistake
        case other:
            raise Unusable(
                f'"mistake" is {shorten_json(other)}; it must be true if the robot fails in this '
                "subtask, or be left out"
            )


def parse(path: Path) -> Any:
    """Return the JSON value in a file that a person may have edited. Raises `Problem`."""
    try:
        # Some editors put a byte-order mark before the text.
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Problem(f"{path} is not UTF-8 text: save it in that encoding") from None
    if not text.strip():
        raise Problem(f"{path} is not valid JSON: it is empty; [] says that there are no labels")
    try:
        return json.loads(text, parse_int=_number, object_pairs_hook=_object)
    except Unusable as repeated:
        raise Problem(f"{path}: {repeated}; remove one of them") from None
    except RecursionError:
        raise Problem(f"{path} is not valid JSON: it is nested too deeply") from None
    except json.JSONDecodeError as error:
        before, after = text[: error.pos].rstrip(), text[error.pos :].lstrip(", \t\r\n")
        what = f"{error.msg[:1].lower()}{error.msg[1:]}"
        if after[:1] in ("]", "}") and "," in (before[-1:], text[error.pos : error.pos + 1]):
            what = f"remove the comma before {after[0]}"
        raise Problem(
            f"{path} is not valid JSON: line {error.lineno}, column {error.colno}: {what}"
        ) from None


def _number(digits: str) -> float:
    """Read a whole number; Python refuses to read more than 4,300 digits as an integer."""
    return int(digits) if len(digits) < MAX_DIGITS else math.inf


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Unusable(f"{shorten_json(key)} is twice in one object")
        found[key] = value
    return found


def on_frames(path: Path, segments: Iterable[Segment], fps: float, length: int) -> list[Segment]:
    """Check the subtasks of a file against the frames of its episode.

    Where `time` is the end of the episode, or up to `ROUNDING` seconds beyond it, the last frame
    is meant: the times on contact sheets are rounded. Raises `Problem` for a subtask that begins
    later or would have no frame, because another begins in the same.
    """
    end = length / fps
    found: dict[int, Segment] = {}
    for segment in segments:
        if segment.time > end + ROUNDING:
            raise Problem(
                f"{path}: {shorten_json(segment.subtask)} begins at {segment.time:g} s, after the "
                f"end of the episode at {end:.2f} s"
            )
        frame = round(segment.time * fps)
        if frame >= length:
            frame = length - 1
            segment = replace(segment, time=round(frame / fps, TIME_DECIMALS))
        other = found.setdefault(frame, segment)
        if other.subtask != segment.subtask:
            raise Problem(
                f"{path}: {shorten_json(other.subtask)} and {shorten_json(segment.subtask)} begin "
                f"in the same frame, at {other.time:g} s and {segment.time:g} s: move or remove one"
            )
    return list(found.values())


def load_all(folder: Path, episodes: Iterable[int]) -> Iterator[tuple[int, list[Segment]]]:
    """Load the subtasks files of some episodes (see `load`)."""
    for episode in episodes:
        yield episode, load(folder / FILE_NAME.format(episode_index=episode))
