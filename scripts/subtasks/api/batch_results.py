"""The results of a batch, line by line, whatever the lines hold.

A result has been paid for. So every line that names a question is kept: as the reply that it is,
as the error that it is, or, where nothing else can be made of it, as it stands.
"""

import json
import re
from collections.abc import AsyncIterator, Container
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from subtasks.api.errors import Refused, classify_batch_error
from subtasks.api.responses import Received, read_response
from subtasks.errors import Problem
from subtasks.questions.reply import Reply
from subtasks.store.batch_ledger import Failure, Scope
from subtasks.wording import one_line

LONG_NUMBER = 20
"""Digits."""

CUSTOM_ID = re.compile(rb'"custom_id"\s*:\s*"([0-9a-f]{64})"')


@dataclass(frozen=True, slots=True)
class Result:
    """What came for a question: a reply, or why there is none."""

    key: str
    came: Received | Failure


class BrokenOff(Exception):
    """Results end in the middle of a line."""


async def split_lines(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Put the pieces of a response together, and divide them into lines that are not blank.

    Raises `BrokenOff` if there is no end to the last line, and it is no JSON.
    """
    rest: list[bytes] = []
    async for piece in pieces:
        *lines, last = piece.split(b"\n")
        for line in lines:
            whole = b"".join([*rest, line]).strip()
            rest = []
            if whole:
                yield whole
        rest.append(last)
    whole = b"".join(rest).strip()
    if whole:
        try:
            json.loads(whole)
        except (ValueError, RecursionError):
            raise BrokenOff("the last line has no end") from None
        yield whole


def read_line(line: bytes, keys: Container[str], model: str) -> Result | None:
    """Read a line of results; None if it is about none of the questions with these keys."""
    # Bytes that are no UTF-8 become lone surrogates, from which they can be restored.
    text = line.decode("utf-8", "surrogateescape").lstrip("\ufeff")
    try:
        value = json.loads(text, parse_int=_whole_number)
    except (ValueError, RecursionError):
        found = CUSTOM_ID.search(line)
        key = found[1].decode() if found else ""
        return Result(key, _as_it_stands(line, model)) if key in keys else None
    key = value.get("custom_id") if isinstance(value, dict) else None
    if not isinstance(key, str) or key not in keys:
        return None
    return Result(key, _read(value.get("result"), line, model))


def _read(result: Any, line: bytes, model: str) -> Received | Failure:
    if not isinstance(result, dict):
        return Failure(Scope.ATTEMPT, "its result cannot be read")
    kind = result.get("type")
    if kind == "succeeded" or "message" in result:
        return _message(result.get("message"), line, model)
    match kind:
        case "errored":
            return _error(result.get("error"), model)
        case "canceled":
            return Failure(Scope.QUESTION, "its message batch was canceled")
        case str():
            return Failure(Scope.ATTEMPT, f"the request {one_line(kind)}")
    return Failure(Scope.ATTEMPT, "its result is of no known type")


def _message(message: Any, line: bytes, model: str) -> Received:
    try:
        received = read_response(json.dumps(message).encode(), model)
    except (Refused, Problem, RecursionError):
        return _as_it_stands(line, model)
    return Received(replace(received.reply, batch=True), received.body)


def _as_it_stands(line: bytes, model: str) -> Received:
    text = line.decode("utf-8", "surrogateescape")
    received = datetime.now(UTC).isoformat(timespec="seconds")
    return Received(Reply(text, "", model, {}, batch=True, received=received))


def _whole_number(digits: str) -> int | float:
    # Python refuses to read whole numbers of more than 4,300 digits.
    return int(digits) if len(digits) < LONG_NUMBER else float(digits)


def _error(error: Any, model: str) -> Failure:
    # The API puts an error inside the response that it would be live.
    inner = error.get("error") if isinstance(error, dict) else None
    inner = inner if isinstance(inner, dict) else error if isinstance(error, dict) else {}
    kind, message = inner.get("type"), inner.get("message")
    if not isinstance(kind, str):
        return Failure(Scope.ATTEMPT, "the request failed, and the API does not say why")
    message = message if isinstance(message, str) else ""
    match classify_batch_error(kind, message, model):
        case Problem() as problem:
            return Failure(Scope.ALL, str(problem))
        case Refused() as refused:
            return Failure(Scope.QUESTION, str(refused))
        case str() as reason:
            return Failure(Scope.ATTEMPT, reason)
