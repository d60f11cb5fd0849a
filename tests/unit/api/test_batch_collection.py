"""Collecting batches through the real SDK: none is given up that may still bring answers."""

import json
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from servers.claude import About, Altered, Fault, FromFunction, Raw
from servers.claude.errors import STATUS, ApiError
from servers.claude.faults import DELETED, TEXT
from subtasks.api.batch_origins import Unseen
from subtasks.api.errors import Refused
from subtasks.errors import Fatal, Problem
from subtasks.store.batch_ledger import BatchLedger
from support.batch_server import (
    KEY,
    MANY,
    OTHER_KEY,
    QUESTIONS,
    BatchServer,
    answers,
    assert_paid_once,
    ledger_files,
    question,
    replies,
    submit,
)

DAY = 86400.0
pytestmark = pytest.mark.usefixtures("in_batches")


def record_of(folder: Path) -> Path:
    [path] = folder.glob("batches/msgbatch_????????????????????????.json")
    return path


def as_earlier_versions_wrote_it(path: Path, days: float) -> None:
    """Without a time: that of the file says how old it is."""
    content = json.loads(path.read_text())
    path.write_text(json.dumps({name: content[name] for name in ("keys", "bound_usd")}))
    moment = time.time() - days * DAY
    os.utime(path, (moment, moment))


def assert_stops(url: str, folder: Path, *words: str, kind: type[Problem] = Unseen) -> None:
    """The run stops, twice, with a sentence that names the record, and nothing is asked again."""
    for _ in range(2):
        with pytest.raises(kind) as stopped:
            answers(url, folder)
        said = str(stopped.value)
        assert "\n" not in said
        for word in (str(record_of(folder)), f"ask its {MANY} questions again", *words):
            assert word in said


def test_the_batch_of_another_workspace_stops_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with BatchServer(other_keys=[OTHER_KEY]) as server:
        submit(server.url, tmp_path)
        monkeypatch.setenv("ANTHROPIC_API_KEY", OTHER_KEY)
        assert_stops(server.url, tmp_path, "cannot be found (404", "with another key or base_url")
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        replies(answers(server.url, tmp_path))
        assert not server.batches_of(OTHER_KEY).ids
    assert_paid_once(server)


def test_the_batch_of_another_endpoint_stops_the_run(tmp_path: Path) -> None:
    with BatchServer() as server, BatchServer() as other:
        submit(server.url, tmp_path)
        hosts = [each.url.removeprefix("http://") for each in (server, other)]
        assert_stops(other.url, tmp_path, f"to {hosts[0]} while this run asks {hosts[1]}")
        assert not other.submitted
        replies(answers(server.url, tmp_path))
    assert_paid_once(server)


def test_who_removes_the_record_asks_and_pays_again(tmp_path: Path) -> None:
    with BatchServer() as server, BatchServer() as other:
        submit(server.url, tmp_path)
        assert_stops(other.url, tmp_path)
        record_of(tmp_path).unlink()
        replies(answers(other.url, tmp_path))
    assert_paid_once(other)


@pytest.mark.parametrize("days", [0.0, 28.0])
@pytest.mark.parametrize(
    ("way", "words"), [("archive", "has no results"), ("forget", "cannot be found (404")]
)
def test_within_29_days_nothing_is_given_up(
    tmp_path: Path, days: float, way: str, words: str
) -> None:
    with BatchServer() as server:
        submit(server.url, tmp_path)
        [batch] = server.batches.ids
        server.batches.finish(batch)
        getattr(server.batches, way)(batch)
        if days:
            as_earlier_versions_wrote_it(record_of(tmp_path), days)
        assert_stops(server.url, tmp_path, words)
        assert set(server.submitted.values()) == {1}


@pytest.mark.parametrize("way", ["archive", "forget"])
def test_after_29_days_it_is_said_and_asked_again(
    tmp_path: Path, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    with BatchServer() as server:
        submit(server.url, tmp_path)
        [batch] = server.batches.ids
        server.batches.finish(batch)
        getattr(server.batches, way)(batch)
        as_earlier_versions_wrote_it(record_of(tmp_path), 29.5)
        replies(answers(server.url, tmp_path))
        assert f"batch {batch} was submitted more than 29 days ago" in caplog.text
    assert set(server.submitted.values()) == {2}
    assert ledger_files(tmp_path) == ["collected.json"] * 2


def test_after_29_days_it_is_collected_if_it_is_there(tmp_path: Path) -> None:
    with BatchServer() as server:
        submit(server.url, tmp_path)
        as_earlier_versions_wrote_it(record_of(tmp_path), 300)
        replies(answers(server.url, tmp_path))
    assert_paid_once(server)


class Refusing(BatchServer):
    """Refuses whatever asks for one batch, with an error of its own."""

    error: Exception | Raw | None = None
    path = ""

    def reply(self, request: Any, record: Any) -> Any:
        from servers.claude.wire import Reply

        wanted = request.method == "GET" and request.path.endswith(self.path)
        if wanted and isinstance(self.error, Raw):
            return Reply(self.error.body, self.error.content_type, status=self.error.status)
        if wanted and self.error:
            raise self.error
        return super().reply(request, record)


def refusal(kind: str, status: int = 0) -> Raw:
    body = {"type": "error", "error": {"type": kind, "message": "Not for you."}}
    return Raw(json.dumps(body).encode(), status or STATUS[kind])


NOT_SHOWN = [
    refusal("permission_error"),
    refusal("invalid_request_error"),
    refusal("not_found_error"),
    refusal("not_found_error", 410),
    refusal("invalid_request_error", 422),
]
NOT_HERE = [
    Raw(b'{"detail": "Not Found"}', 404),
    Raw(b"<html>404</html>", 404, "text/html"),
    Raw(b"", 404),
    Raw(b"[" * 100_000, 404),
    refusal("authentication_error"),
    Raw(b"no", 405),
    Raw(b"no", 501),
]


@pytest.mark.parametrize("fault", NOT_SHOWN, ids=lambda fault: str(fault.status))
@pytest.mark.parametrize("path", ["", "/results"])
def test_whatever_refuses_a_batch_stops_the_run(tmp_path: Path, fault: Raw, path: str) -> None:
    with Refusing() as server:
        submit(server.url, tmp_path)
        server.error, server.path = fault, path or server.batches.ids[0]
        assert_stops(server.url, tmp_path, f"({fault.status}: Not for you.)")
        server.error = None
        replies(answers(server.url, tmp_path))
    assert_paid_once(server)


@pytest.mark.parametrize("fault", NOT_HERE, ids=lambda fault: f"{fault.status} {fault.body[:9]!r}")
@pytest.mark.parametrize("path", ["", "/results"])
def test_an_endpoint_without_batches_loses_nothing(tmp_path: Path, fault: Raw, path: str) -> None:
    with Refusing() as server:
        submit(server.url, tmp_path)
        server.error, server.path = fault, path or server.batches.ids[0]
        with pytest.raises(Problem):
            answers(server.url, tmp_path, retries=0)
        assert ledger_files(tmp_path) == ["json"]
        server.error = None
        replies(answers(server.url, tmp_path))
    assert_paid_once(server)


@pytest.mark.parametrize("kind", ["api_error", "overloaded_error", "rate_limit_error"])
@pytest.mark.parametrize("path", ["", "/results"])
def test_a_server_that_is_down_loses_nothing(tmp_path: Path, kind: str, path: str) -> None:
    with Refusing() as server:
        submit(server.url, tmp_path)
        server.error, server.path = ApiError(kind, "Down."), path or server.batches.ids[0]
        with pytest.raises(Problem):
            answers(server.url, tmp_path, retries=0)
        assert ledger_files(tmp_path) == ["json"]
        server.error = None
        replies(answers(server.url, tmp_path))
    assert_paid_once(server)


@pytest.mark.parametrize("path", ["", "/results", "/batches"])
def test_a_wait_that_is_too_long_ends_the_run(tmp_path: Path, path: str) -> None:
    """While it is polled, while its results are read, and while a lost one is looked for."""
    with Refusing() as server:
        if path == "/batches":
            BatchLedger(tmp_path).intend([each.key for each in QUESTIONS], 0.0)
        else:
            submit(server.url, tmp_path)
        before = ledger_files(tmp_path)
        wait = {"retry-after": "3600"}
        server.error = ApiError("rate_limit_error", "Later.", wait)
        server.path = path or server.batches.ids[0]
        with pytest.raises(Fatal, match=r"asks to wait 60 min .*claude\.max_wait"):
            answers(server.url, tmp_path)
        assert ledger_files(tmp_path) == before
        server.error = None
        if path != "/batches":
            replies(answers(server.url, tmp_path))


def test_the_batch_of_another_job_that_cannot_be_seen_makes_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its money stays reserved, and one that can be seen is collected instead."""
    most = 0.5 * (25 * 1024 + 5 * 1.25 * 1000) / 1e6  # of a question, about
    with BatchServer(other_keys=[OTHER_KEY], batch_seconds=math.inf) as server:
        dollars = 4.5 * most
        monkeypatch.setenv("ANTHROPIC_API_KEY", OTHER_KEY)
        submit(server.url, tmp_path, QUESTIONS[:2], dollars=dollars)
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        submit(server.url, tmp_path, QUESTIONS[2:4], dollars=dollars)
        server.batches.finish(server.batches.ids[0])
        server.batches._seconds = 0.1
        found = replies(answers(server.url, tmp_path, QUESTIONS[4:6], dollars=dollars))
        assert len(found) == 2
        submit(server.url, tmp_path, [question(-1)], dollars=dollars)
        [batch] = server.batches_of(OTHER_KEY).ids
        assert f"{batch}.json" in {path.name for path in tmp_path.glob("batches/*")}
        with pytest.raises(Unseen, match=batch):
            answers(server.url, tmp_path, QUESTIONS[6:9], dollars=2.5 * most)
        monkeypatch.setenv("ANTHROPIC_API_KEY", OTHER_KEY)
        server.batches_of(OTHER_KEY).finish(batch)
        replies(answers(server.url, tmp_path, QUESTIONS[:2]))
    assert set(server.submitted.values()) == {1}


# Odd results


ODD = "What is 3?"


def numbered(asked: Any) -> list[dict[str, Any]]:
    return [{"time": 0.0, "subtask": f"number {asked.texts[0].split()[-1]}"}]


def line(result: Any) -> bytes:
    return json.dumps({"custom_id": "CUSTOM_ID", "result": result}).encode()


@pytest.mark.parametrize(
    "fault",
    [
        *(
            Altered({"content": odd})
            for odd in (None, DELETED, 7, "text", {}, [], [None], [[]], [{"type": "text"}])
        ),
        Altered({"content": [TEXT | {"text": "a \ud800 surrogate"}]}),
        Altered({"content": [TEXT | {"text": "[" * 200_000}]}),
        Altered({"content": [TEXT | {"text": "\0\x1b[31m\u202e"}]}),
        *(Altered({"usage": odd}) for odd in (None, 7, "many", [], {"input_tokens": None})),
        *(Altered({"stop_reason": odd}) for odd in (None, 7, [], {}, "tired")),
        *(Altered({"model": odd}) for odd in (None, 7, [], "\ud800")),
        Raw(line({"type": "succeeded"})),
        Raw(line({"type": "succeeded", "message": None})),
        Raw(line({"type": "succeeded", "message": "text"})),
        Raw(b'{"custom_id": "CUSTOM_ID", "result": ' + b"[" * 200_000),
        Raw(b'{"custom_id": "CUSTOM_ID", "result": \xff}'),
        Raw(b'{"custom_id": "CUSTOM_ID"'),
    ],
)
def test_what_was_paid_is_stored_whatever_it_is(tmp_path: Path, fault: Fault) -> None:
    with BatchServer(FromFunction(numbered), faults=About(ODD, fault)) as server:
        found = replies(answers(server.url, tmp_path))
        again = replies(answers(server.url, tmp_path))
    assert set(server.submitted.values()) == {1}
    assert found.keys() == {each.key for each in QUESTIONS}
    assert found == again
    for number, each in enumerate(QUESTIONS):
        if number != 3:
            assert f"number {number}?" in found[each.key].text


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Raw(line({"type": "canceled"})), "was canceled"),
        (Raw(line({"type": "tired"})), "3 batches gave no answer: the request tired"),
        (Raw(line({"type": None})), "3 batches gave no answer: its result is of no known type"),
        (Raw(line(None)), "3 batches gave no answer: its result cannot be read"),
        (Raw(line({"type": "errored"})), "3 batches gave no answer"),
        (Raw(line({"type": "errored", "error": {"error": 7}})), "3 batches gave no answer"),
        (Raw(b'{"custom_id": 7, "result": {"type": "succeeded"}}'), "ended without a result"),
        (Raw(b'{"custom_id": "a stranger", "result": {}}'), "ended without a result"),
        (Raw(b"null"), "ended without a result"),
        (Raw(b"\xff\xfe\x00"), "ended without a result"),
        (Raw(b"[" * 200_000), "ended without a result"),
        (Raw(b"<html>Bad gateway</html>"), "ended without a result"),
    ],
)
def test_a_result_without_an_answer_fails_its_question_alone(
    tmp_path: Path, fault: Fault, words: str
) -> None:
    """And what may have been paid for is not asked again by itself."""
    with BatchServer(FromFunction(numbered), faults=About(ODD, fault)) as server:
        found = answers(server.url, tmp_path)
        refused = found.pop(QUESTIONS[3].key)
        assert isinstance(refused, Refused)
        assert words in str(refused)
        assert len(replies(found)) == MANY - 1
        assert len(server.batches.ids) == (3 if "3 batches" in words else 1)


def test_of_several_results_a_reply_counts(tmp_path: Path) -> None:
    message = {"type": "message", "content": [TEXT], "stop_reason": "end_turn", "model": "m"}
    good = line({"type": "succeeded", "message": message})
    other = line({"type": "succeeded", "message": message | {"content": "Other."}})
    failed = line({"type": "expired"})
    for number, lines in enumerate([(failed, good), (good, failed), (good, other), (good, good)]):
        with BatchServer(faults=Raw(b"\n".join(lines))) as server:
            found = replies(answers(server.url, tmp_path / f"{number}"))
        assert {reply.text for reply in found.values()} == {"No."}
        assert set(server.submitted.values()) == {1}


class Cutting(BatchServer):
    """Leaves out the end of the results, and says that this is all."""

    cut: Callable[[bytes], bytes] = staticmethod(lambda body: body)

    def reply(self, request: Any, record: Any) -> Any:
        reply = super().reply(request, record)
        if request.path.endswith("/results"):
            reply.body = self.cut(reply.body)
        return reply


@pytest.mark.parametrize(
    "cut",
    [
        lambda body: body[: len(body) // 2],
        lambda body: b"".join(body.splitlines(keepends=True)[:-1]),
        lambda body: body.splitlines(keepends=True)[0],
        lambda _: b"\n",
        lambda _: b"<html>Bad gateway</html>\n",
    ],
)
def test_results_that_are_cut_are_not_taken_for_all(
    tmp_path: Path, cut: Callable[[bytes], bytes]
) -> None:
    with Cutting() as server:
        submit(server.url, tmp_path)
        server.cut = cut
        with pytest.raises(Problem, match=r"broke off 5 times: run again, or remove .*msgbatch_"):
            answers(server.url, tmp_path)
        assert ledger_files(tmp_path) == ["json"]
        server.cut = lambda body: body
        replies(answers(server.url, tmp_path))
    assert_paid_once(server)


@pytest.mark.parametrize(
    "url", ["no address", "http://{x}", "ftp://127.0.0.1/x", "http://127.0.0.1:99999/", "\n", "é"]
)
def test_an_odd_address_of_results_loses_nothing(tmp_path: Path, url: str) -> None:
    class Odd(BatchServer):
        odd = True

        def reply(self, request: Any, record: Any) -> Any:
            reply = super().reply(request, record)
            if self.odd and b'"results_url": "' in reply.body:
                value = json.loads(reply.body) | {"results_url": url}
                reply.body = json.dumps(value).encode()
            return reply

    with Odd() as server:
        submit(server.url, tmp_path)
        with pytest.raises(Problem):
            answers(server.url, tmp_path, retries=0)
        assert ledger_files(tmp_path) == ["json"]
        server.odd = False
        replies(answers(server.url, tmp_path))
    assert_paid_once(server)
