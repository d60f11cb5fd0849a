"""Reading a model's answer: the JSON in its text, and the subtasks or the label it holds.

An answer may be JSON alone, fenced, or surrounded by prose.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from subtasks.questions.placements import Placement, read_placement
from subtasks.segments.segment import Segment, Unusable, clean_label, read_entry

MAX_REASONS = 3
"""Reasons given where no entry of an array can be used."""

SEARCH_EFFORT = 20
"""How many times an answer's length the search for JSON reads before it gives up.

Every bracket in prose may open JSON, so nested or unclosed ones would take quadratic time.
"""

ATTEMPT_SHARE = 500
"""A failed attempt costs this share of the answer's length on top of what it has read, because
`JSONDecodeError` counts the lines before it."""

_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_OPENING = re.compile(r"[\[{]")
# parse_int: Python refuses integers of more than 4,300 digits with an error of its own.
_DECODER = json.JSONDecoder(strict=False, parse_int=float)


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """The usable entries of an answer's array, unchanged, and why the others are refused.

    `numbers` are the places of the usable entries in the array, counted from 1.
    """

    entries: list[T]
    refused: list[str]
    numbers: list[int]


def read_subtasks(text: str) -> Parsed[Segment]:
    """Read the array of `{"time": seconds, "subtask": label}` in an answer.

    It may be the value of any key of an object. Of several arrays the first with a usable entry
    counts. Times may be strings that are plain numbers.

    Raises `Unusable` if no array has a usable entry. Takes linear time on any text.
    """
    return _read_array(text, read_entry, "subtasks", '{"time", "subtask"}')


def read_borders(text: str) -> Parsed[Placement]:
    """Read the array of `{"border": number, "time": seconds or "not visible"}` in an answer.

    It is looked for as `read_subtasks` does. Raises `Unusable` if no array has a usable entry.
    """
    return _read_array(text, read_placement, "borders", '{"border", "time"}')


def _read_array(text: str, read: Callable[[Any], T], things: str, form: str) -> Parsed[T]:
    """Read the first array with a usable entry; `things` and `form` say what should be in it."""
    if not text.strip():
        raise Unusable("The answer is empty.")
    first_refused: list[str] | None = None
    for value in _containers(text):
        if not isinstance(value, list):
            continue
        parsed = _read_entries(value, read)
        if parsed.entries:
            return parsed
        first_refused = first_refused or parsed.refused
    if first_refused is None:
        raise Unusable(f"The answer holds no complete JSON array of {form} objects.")
    if not first_refused:
        raise Unusable(f"The array of {things} is empty.")
    raise Unusable(f"The array holds no usable entry: {join_reasons(first_refused)}.")


def join_reasons(reasons: Sequence[str]) -> str:
    """Join reasons into one clause: the first `MAX_REASONS`, and how many more there are."""
    more = len(reasons) - MAX_REASONS
    return "; ".join(reasons[:MAX_REASONS]) + (f"; and {more} more" if more > 0 else "")


def sendable(text: str) -> str:
    """Replace what cannot be sent to the model: lone surrogates and most control characters."""
    return _UNSENDABLE.sub("\ufffd", text)


def read_label(text: str) -> str:
    """Read the object `{"subtask": label}` in an answer: the label of the first that has one.

    Raises `Unusable` if none has. Takes linear time on any text.
    """
    for value in _containers(text):
        if isinstance(value, dict):
            label = value.get("subtask")
            if isinstance(label, str) and clean_label(label):
                return label
    raise Unusable('the answer holds no JSON object {"subtask": "…"}')


def read_groups(text: str) -> list[tuple[str, list[str]]]:
    """Read the array of `{"label": label, "same": [labels]}` in an answer, as it is.

    Raises `Unusable` if none has such an entry. Takes linear time on any text.
    """
    for value in _containers(text):
        if isinstance(value, list) and (groups := [*filter(None, map(_group, value))]):
            return groups
    raise Unusable('the answer holds no JSON array of {"label": "…", "same": ["…"]} objects')


def _group(entry: Any) -> tuple[str, list[str]] | None:
    match entry:
        case {"label": str() as label, "same": list() as same}:
            return label, [each for each in same if isinstance(each, str)]
    return None


def read_verdicts(text: str) -> tuple[set[int], set[int]]:
    """Read the object `{"same": [numbers], "different": [numbers]}` in an answer.

    Raises `Unusable` if none has these lists. Takes linear time on any text.
    """
    for value in _containers(text):
        match value:
            case {"same": list() as same, "different": list() as different}:
                return _whole_numbers(same), _whole_numbers(different)
    raise Unusable('the answer holds no JSON object {"same": [numbers], "different": [numbers]}')


def _whole_numbers(values: Sequence[Any]) -> set[int]:
    return {int(v) for v in values if isinstance(v, float) and v.is_integer()}


def _containers(text: str) -> Iterator[list[Any] | dict[str, Any]]:
    """Yield every JSON array and object in `text`, outer before inner.

    Of an object, the value of `"subtasks"` comes before the others.
    """
    for value in _json_values(text):
        waiting = [value]
        while waiting:
            value = waiting.pop()
            match value:
                case list():
                    yield value
                    waiting.extend(reversed(value))
                case dict():
                    yield value
                    waiting.extend(value[key] for key in reversed(value) if key != "subtasks")
                    waiting.append(value.get("subtasks"))


def _json_values(text: str) -> Iterator[Any]:
    """Yield every JSON array or object in `text` that is not inside another, in order."""
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


def _read_entries(array: list[Any], read: Callable[[Any], T]) -> Parsed[T]:
    parsed: Parsed[T] = Parsed([], [], [])
    for number, entry in enumerate(array, start=1):
        try:
            parsed.entries.append(read(entry))
            parsed.numbers.append(number)
        except Unusable as reason:
            parsed.refused.append(f"entry {number}: {reason}")
    return parsed
