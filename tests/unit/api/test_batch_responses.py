"""What an endpoint shows as a batch, and is none: one sentence, and nothing is lost."""

import json
from pathlib import Path
from typing import Any

import pytest

from subtasks.errors import Fatal, Problem
from support.batch_server import (
    BatchServer,
    answers,
    assert_paid_once,
    ledger_files,
    replies,
    submit,
)

pytestmark = pytest.mark.usefixtures("in_batches")


@pytest.mark.parametrize(
    "body",
    [
        *(b'{"id": "msg', b"[]", b'{"id": 1}', b"<html>", b"null", b"7", b'"text"', b"\xff", b"\0"),
        *(
            b'{"data": 7}',
            b'{"data": [7]}',
            b'{"data": [null]}',
            b'{"data": [{}]}',
            b'{"data": {}}',
        ),
        *(b"[" * 200_000, b'{"id": ' * 200_000, b'{"id": ' + b"9" * 5000 + b"}", b"\xef\xbb\xbf{}"),
    ],
    ids=lambda body: repr(body[:20]),
)
def test_an_endpoint_that_answers_like_no_api(tmp_path: Path, body: bytes) -> None:
    """When a batch is sent, when one that may have arrived is looked for, and when it ends."""
    foreign = pytest.raises(Problem, match="does not answer like the Claude API")
    with BatchServer() as server:
        server.garbled = {"POST": body}
        with foreign:
            submit(server.url, tmp_path)
        server.garbled = {"GET": body}
        with foreign:
            submit(server.url, tmp_path)
        assert ledger_files(tmp_path) == ["intent"]
        server.garbled = {}
        submit(server.url, tmp_path)
        server.garbled = {"GET": body}
        with foreign:
            answers(server.url, tmp_path)
        server.garbled = {}
        replies(answers(server.url, tmp_path))
    assert_paid_once(server)


@pytest.mark.parametrize(
    "name", ["../escaped", "a/b", "", ".hidden", "intent-1", "a" * 300, "a\nb"]
)
def test_an_id_that_is_no_name_of_a_file(tmp_path: Path, name: str) -> None:
    class Odd(BatchServer):
        def reply(self, request: Any, record: Any) -> Any:
            reply = super().reply(request, record)
            if request.method == "POST":
                reply.body = json.dumps(json.loads(reply.body) | {"id": name}).encode()
            return reply

    with Odd() as server, pytest.raises(Fatal, match="does not answer like the Claude API"):
        submit(server.url, tmp_path / "store")
    assert {path.name for path in tmp_path.iterdir()} == {"store"}
    assert ledger_files(tmp_path / "store") == ["intent"]


@pytest.mark.parametrize(
    "change",
    [
        *({"request_counts": odd} for odd in (None, 7, "many", [], {}, {"processing": "all"})),
        *({"created_at": odd} for odd in (None, "", "soon", [], "0001-01-01T00:00:00")),
        *({"processing_status": odd} for odd in (None, 7, [])),
        *({"id": odd} for odd in (None, 7, [])),
    ],
    ids=str,
)
def test_a_batch_that_no_api_shows(tmp_path: Path, change: dict[str, Any]) -> None:
    """When it is submitted, when it is looked for, and while it is polled; nothing is lost."""

    class Odd(BatchServer):
        method = ""

        def reply(self, request: Any, record: Any) -> Any:
            reply = super().reply(request, record)
            if request.method == self.method and b'"request_counts"' in reply.body:
                value = json.loads(reply.body)
                for shown in value.get("data", [value]):
                    shown |= change
                reply.body = json.dumps(value).encode()
            return reply

    foreign = pytest.raises(Fatal, match="does not answer like the Claude API")
    with Odd() as server:
        server.method = "POST"
        with foreign:
            submit(server.url, tmp_path)
        server.method = "GET"
        with foreign:
            submit(server.url, tmp_path)
        server.method = ""
        submit(server.url, tmp_path)
        server.method = "GET"
        with foreign:
            answers(server.url, tmp_path)
        server.method = ""
        replies(answers(server.url, tmp_path))
    assert_paid_once(server)
