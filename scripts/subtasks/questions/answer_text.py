"""Subtasks in the text of a model's answer."""

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from subtasks.segments.segment import Segment, Unusable, read_entry

SHOWN_REASONS = 3

# Looking for JSON inside prose tries every bracket, so nested or unclosed brackets would take
# quadratic time. The search gives up after reading this many times the answer's length.
SEARCH_EFFORT = 20
# A failed attempt costs this share of the answer's length on top of what it has read, because
# JSONDecodeError counts the lines before it.
ATTEMPT_SHARE = 500

_OPENING = re.compile(r"[\[{]")
# parse_int: Python refuses integers of over 4,300 digits with an error of its own.
_DECODER = json.JSONDecoder(strict=False, parse_int=float)

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What an answer's array held: usable entries as they stood, and why others are not."""

    entries: list[Segment]
    refused: list[str]


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
            entries.append(read_entry(entry))
        except Unusable as reason:
            refused.append(f"entry {number}: {reason}")
    return Parsed(entries, refused)
