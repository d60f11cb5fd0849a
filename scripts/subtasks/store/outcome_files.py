"""Outcomes files: for each episode of a group, a line of JSON with what asking about it gave.

A line ends with a checksum of what is before it, so that a file which is damaged gives no wrong
labels. Lines that earlier versions wrote have none.
"""

import json
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from subtasks import files
from subtasks.errors import Problem
from subtasks.questions.answers import Answer
from subtasks.questions.outcome import Exchange, Outcome
from subtasks.questions.refinement import Refinement
from subtasks.questions.windows import Window
from subtasks.segments.borders import Border

MAX_SECONDS = 1e9
"""Times beyond this are damage."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_CHECKSUM = re.compile(rb', "crc32": "([0-9a-f]{8})"\}$')
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def write(path: Path, outcomes: Iterable[Outcome]) -> None:
    """Write the outcomes of a group in the order of episodes, the whole file or none of it."""
    ordered = sorted(outcomes, key=lambda outcome: outcome.episode)
    files.write_text(path, "".join(map(_line, ordered)))


def read(path: Path) -> Iterator[Outcome]:
    """Read the outcomes of a group. Raises `Problem` for a damaged file."""
    seen: set[int] = set()
    with path.open("rb") as lines:
        for number, line in enumerate(lines):
            text = (line if number else line.removeprefix(BYTE_ORDER_MARK)).strip()
            if not text:
                continue
            try:
                outcome = _outcome(json.loads(_checked(text).decode()))
            except (ValueError, TypeError, KeyError, RecursionError):
                raise _damaged(path) from None
            if outcome.episode in seen:
                raise _damaged(path)
            seen.add(outcome.episode)
            yield outcome


def find(path: Path, episode: int) -> Outcome:
    """Return the outcome of one episode. Raises `Problem` if the file has none."""
    found = [outcome for outcome in read(path) if outcome.episode == episode]
    if not found:
        raise Problem(f"{path} has no outcome of episode {episode}: remove it and run again")
    return found[0]


def _damaged(path: Path) -> Problem:
    return Problem(f"{path} is damaged: remove it and run again")


def _line(outcome: Outcome) -> str:
    text = json.dumps(asdict(outcome), ensure_ascii=False)
    # UTF-8 has no lone surrogates, but JSON can name them, and a model's text may hold some.
    text = _LONE_SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    return f'{text[:-1]}, "crc32": "{zlib.crc32(text.encode()):08x}"}}\n'


def _checked(line: bytes) -> bytes:
    """Return a line without its checksum. Raises `ValueError` for one that does not match."""
    if (checksum := _CHECKSUM.search(line)) is None:
        return line
    text = line[: checksum.start()] + b"}"
    if zlib.crc32(text) != int(checksum[1], 16):
        raise ValueError("the checksum does not match")
    return text


def _outcome(value: dict[str, Any]) -> Outcome:
    """Make an outcome from its JSON form. Raises one of several errors if it has another form."""
    answer, reason, remarks = value["answer"], value["reason"], value.get("remarks", [])
    lists = [value["exchanges"], remarks]
    if answer is not None:
        if not isinstance(answer, dict):
            raise ValueError("the answer must be an object")
        lists += [answer[key] for key in ("windows", "borders", "texts") if key in answer]
        lists.append(answer.get("labels") or [])
    if not all(isinstance(each, list) for each in lists):
        raise ValueError("there must be a list")
    parts = {
        "answer": None if answer is None else _answer(answer),
        "exchanges": tuple(Exchange(**each) for each in value["exchanges"]),
        "remarks": tuple(remarks),
    }
    outcome = Outcome(**value | parts)
    if not (
        _are(int, outcome.episode)
        and (reason is None or _are(str, reason))
        and (outcome.answer is None or _is_valid(outcome.answer))
        and all(map(is_exchange, outcome.exchanges))
        and _are(str, *remarks)
    ):
        raise ValueError("a value has another type")
    return outcome


def _answer(value: dict[str, Any]) -> Answer | Refinement:
    return Refinement.from_json(value) if "borders" in value else Answer.from_json(value)


def _is_valid(answer: Answer | Refinement) -> bool:
    if isinstance(answer, Refinement):
        return _are(str, *answer.texts) and all(map(_is_border, answer.borders))
    return (
        len(answer.windows) == len(answer.texts) > 0
        and all(map(_is_window, answer.windows))
        and _are(str, *answer.texts, *(answer.labels or ()))
        and (answer.rounding is None or _is_time(answer.rounding))
    )


def _is_window(window: Window) -> bool:
    return _are(int, window.first, window.last) and all(map(_is_time, (window.start, window.stop)))


def _is_border(border: Border) -> bool:
    return all(map(_is_time, (border.time, border.start, border.stop)))


def is_exchange(each: Exchange) -> bool:
    """Whether all values of an exchange, read from a file, have the types they should."""
    return (
        _are(str, each.question, each.purpose, each.model, each.received)
        and (each.effort is None or _are(str, each.effort))
        and _are(bool, each.stored, each.batch)
        and isinstance(each.usage, dict)
        and _are(int, *each.usage.values())
    )


def _are(kind: type, *values: Any) -> bool:
    """Say whether all values have exactly this type; True is no number."""
    return all(type(value) is kind for value in values)


def _is_time(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= MAX_SECONDS
