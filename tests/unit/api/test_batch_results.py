"""Results of a batch, line by line: whatever a line holds, what was paid for is kept."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from subtasks.api.batch_results import BrokenOff, Result, read_line, split_lines
from subtasks.api.responses import Received
from subtasks.store.batch_ledger import Failure, Scope

KEY = "ab" * 32
MODEL = "claude-opus-4-7"
DEEP = "[" * 200_000
MESSAGE = {
    "type": "message",
    "role": "assistant",
    "model": MODEL,
    "content": [{"type": "text", "text": "A number."}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 7, "output_tokens": 3},
}


def line_of(result: Any, key: Any = KEY) -> bytes:
    return json.dumps({"custom_id": key, "result": result}).encode()


def read(line: bytes) -> Received | Failure:
    found = read_line(line, {KEY}, MODEL)
    assert isinstance(found, Result)
    assert found.key == KEY
    return found.came


def succeeded(**changes: Any) -> bytes:
    return line_of({"type": "succeeded", "message": MESSAGE | changes})


def test_a_reply() -> None:
    came = read(succeeded())
    assert isinstance(came, Received)
    assert (came.reply.text, came.reply.model, came.reply.batch) == ("A number.", MODEL, True)
    assert came.reply.usage == {"input_tokens": 7, "output_tokens": 3}
    assert not came.body


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (succeeded(content="A number."), "A number."),
        (succeeded(content=[{"type": "text", "text": "\ud800 up"}]), "\ud800 up"),
        (succeeded(content=7), ""),
        (succeeded(content=None), ""),
        (succeeded(content=[]), ""),
        (succeeded(content=[{"type": "text"}, {"type": "text", "text": "up"}]), "up"),
        (succeeded(content=[None, 7, "up"]), "up"),
        (succeeded(usage=None), "A number."),
        (succeeded(usage={"input_tokens": "many"}), "A number."),
        (succeeded(model=7, stop_reason=[]), "A number."),
        (line_of({"type": "tired", "message": MESSAGE}), "A number."),
        (b"\xef\xbb\xbf" + succeeded(), "A number."),
        (succeeded().replace(b"A number.", b"\xff"), "\udcff"),
        (succeeded().replace(b": 7", b": " + b"9" * 5000), "A number."),
    ],
)
def test_an_odd_message_is_a_reply(line: bytes, text: str) -> None:
    came = read(line)
    assert isinstance(came, Received)
    assert came.reply.text == text
    assert came.reply.batch


@pytest.mark.parametrize(
    "line",
    [
        line_of({"type": "succeeded"}),
        *(line_of({"type": "succeeded", "message": odd}) for odd in (None, 7, "No.", [], {})),
        line_of({"type": "succeeded", "message": {"type": "error", "error": {"type": "x"}}}),
        succeeded()[:-1],
        succeeded() + b"}",
        succeeded().replace(b'"A number."', DEEP.encode()),
        succeeded().replace(b'"A number."', b'"\xff\n'),
    ],
)
def test_what_is_no_message_is_kept_as_it_stands(line: bytes) -> None:
    came = read(line)
    assert isinstance(came, Received)
    assert came.reply.text.encode("utf-8", "surrogateescape") == line
    assert (came.reply.model, came.reply.usage, came.reply.batch) == (MODEL, {}, True)


def errored(kind: Any, message: Any = "Sorry.") -> dict[str, Any]:
    error = {"type": "error", "error": {"type": kind, "message": message}}
    return {"type": "errored", "error": error}


@pytest.mark.parametrize(
    ("result", "concerns", "words"),
    [
        ({"type": "expired"}, Scope.ATTEMPT, "the request expired"),
        ({"type": "canceled"}, Scope.QUESTION, "its message batch was canceled"),
        ({"type": "tired\nof it"}, Scope.ATTEMPT, "the request tired of it"),
        ({"type": None}, Scope.ATTEMPT, "of no known type"),
        ({"type": {}}, Scope.ATTEMPT, "of no known type"),
        ({}, Scope.ATTEMPT, "of no known type"),
        (None, Scope.ATTEMPT, "cannot be read"),
        ("succeeded", Scope.ATTEMPT, "cannot be read"),
        (7, Scope.ATTEMPT, "cannot be read"),
        (errored("api_error"), Scope.ATTEMPT, "api_error: Sorry."),
        (errored("overloaded_error"), Scope.ATTEMPT, "overloaded_error: Sorry."),
        (errored("never heard of"), Scope.ATTEMPT, "never heard of: Sorry."),
        (errored("api_error", None), Scope.ATTEMPT, "api_error"),
        (errored("api_error", {"a": 1}), Scope.ATTEMPT, "api_error"),
        (errored(None), Scope.ATTEMPT, "does not say why"),
        (errored([]), Scope.ATTEMPT, "does not say why"),
        ({"type": "errored"}, Scope.ATTEMPT, "does not say why"),
        ({"type": "errored", "error": "no"}, Scope.ATTEMPT, "does not say why"),
        ({"type": "errored", "error": {"type": "api_error"}}, Scope.ATTEMPT, "api_error"),
        (errored("invalid_request_error", "bad image"), Scope.QUESTION, "bad image"),
        (errored("authentication_error"), Scope.ALL, "rejects the key"),
        (errored("not_found_error", f"model: {MODEL}"), Scope.ALL, f"has no model {MODEL}"),
    ],
)
def test_why_there_is_no_reply(result: Any, concerns: Scope, words: str) -> None:
    came = read(line_of(result))
    assert isinstance(came, Failure)
    assert came.concerns is concerns
    assert words in came.reason
    assert "\n" not in came.reason


@pytest.mark.parametrize(
    "line",
    [
        line_of({"type": "expired"}, "cd" * 32),
        *(line_of({"type": "expired"}, odd) for odd in (None, 7, [KEY], {KEY: KEY})),
        *(b"null", b"7", b"[]", b'"' + KEY.encode() + b'"', b"{}", b"\xff", b"<html>"),
        DEEP.encode(),
        b'{"custom_id": "' + b"cd" * 32 + b'", "result": ',
    ],
)
def test_what_is_about_no_question_of_ours(line: bytes) -> None:
    assert read_line(line, {KEY}, MODEL) is None


@settings(max_examples=500, deadline=None)
@given(some.binary())
def test_any_bytes(noise: bytes) -> None:
    assert read_line(noise, {KEY}, MODEL) is None


@settings(max_examples=1000, deadline=None)
@given(some.integers(0, len(succeeded()) * 8 - 1))
def test_a_bit_that_has_changed(bit: int) -> None:
    line = bytearray(succeeded())
    line[bit // 8] ^= 1 << bit % 8
    found = read_line(bytes(line), {KEY}, MODEL)
    # Only a change in the key, or in what names it, leaves the line without a question.
    assert found is not None or bit // 8 < len(b'{"custom_id": "') + len(KEY) + 1


def lines_of(*pieces: bytes) -> list[bytes]:
    async def come() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async def run() -> list[bytes]:
        return [line async for line in split_lines(come())]

    return asyncio.run(run())


@settings(max_examples=200, deadline=None)
@given(some.lists(some.text("{}abc ").map(str.encode)), some.integers(1, 7))
def test_lines_come_in_pieces_of_any_size(lines: list[bytes], size: int) -> None:
    body = b"".join(line + b"\r\n" for line in lines)
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    assert lines_of(*pieces) == [line.strip() for line in lines if line.strip()]


def test_a_last_line_without_an_end() -> None:
    assert lines_of(b'{"a": 1}\n{"b', b'": 2}') == [b'{"a": 1}', b'{"b": 2}']
    with pytest.raises(BrokenOff):
        lines_of(b'{"a": 1}\n{"b')
