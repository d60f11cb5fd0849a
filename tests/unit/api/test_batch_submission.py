"""Submitting through the real SDK: every batch is sent once, whatever goes wrong on the way."""

import functools
import json
import math
from itertools import groupby
from pathlib import Path
from typing import Any

import anthropic
import pytest

from servers.claude import (
    Dropped,
    HalfAnswer,
    NoCredit,
    Overloaded,
    RateLimited,
    ServerError,
    TooLarge,
)
from servers.claude.errors import ApiError
from servers.claude.faults import Fault
from subtasks.api import batch_origins
from subtasks.api.client import connect
from subtasks.api.connection import Connection
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
    process,
    question,
    replies,
    submit,
)
from support.waiting import wait_until

pytestmark = pytest.mark.usefixtures("in_batches")


@pytest.mark.parametrize(
    "fault",
    [HalfAnswer(), Dropped(), ServerError(), Overloaded(), RateLimited(retry_after=0.1)],
    ids=lambda fault: type(fault).__name__,
)
def test_a_submission_that_fails_is_made_once(tmp_path: Path, fault: Fault) -> None:
    """After half an answer the batch is there, after the others it is not."""
    with BatchServer(submit_faults=[fault]) as server:
        submit(server.url, tmp_path)
        assert len(server.batches.ids) == 1
        assert ledger_files(tmp_path) == ["json"]
        replies(answers(server.url, tmp_path))
    assert_paid_once(server)


def test_who_gives_up_leaves_a_note_for_the_next_run(tmp_path: Path) -> None:
    with BatchServer(submit_faults=HalfAnswer()) as server:
        server.broken_polls = math.inf
        with pytest.raises(Problem, match=r"failed, after all retries \(500"):
            submit(server.url, tmp_path, retries=0)
        assert ledger_files(tmp_path) == ["intent"]
        server.broken_polls = 0
        replies(answers(server.url, tmp_path))
    assert_paid_once(server)


def test_who_knows_that_nothing_arrived_leaves_no_note(tmp_path: Path) -> None:
    with BatchServer(submit_faults=[ServerError()]) as server:
        with pytest.raises(Problem, match=r"failed, after all retries \(500"):
            submit(server.url, tmp_path, retries=0)
        assert not ledger_files(tmp_path)
        replies(answers(server.url, tmp_path))
    assert_paid_once(server)


def test_a_rejected_submission_is_sent_again_at_most_as_often_as_the_settings_say(
    tmp_path: Path,
) -> None:
    with BatchServer(submit_faults=RateLimited(retry_after=0.1)) as server:
        with pytest.raises(Problem, match="still overloaded, after all retries"):
            submit(server.url, tmp_path, retries=2)
        assert server.requested("POST", "/batches") == 3
        assert not server.requested("GET", "/batches")  # it is clear that nothing has arrived
    assert not ledger_files(tmp_path)


@pytest.mark.parametrize(
    "fault", [ServerError(), Dropped()], ids=lambda fault: type(fault).__name__
)
def test_a_batch_that_may_have_arrived_is_looked_for_before_each_retry(
    tmp_path: Path, fault: Fault
) -> None:
    with BatchServer(submit_faults=fault) as server:
        with pytest.raises(Problem, match="after all retries"):
            submit(server.url, tmp_path, retries=1)
        methods = [each.method for each in server.requests if each.path.endswith("/batches")]
        assert [method for method, _ in groupby(methods)] == ["POST", "GET"] * 2
    assert not ledger_files(tmp_path)


@pytest.mark.parametrize(
    ("account", "key", "said"),
    [(NoCredit(), KEY, "no credit left"), (None, "sk-ant-wrong", "rejects the key")],
)
def test_trouble_with_the_account_ends_the_run_at_the_first_answer(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    account: NoCredit | None,
    key: str,
    said: str,
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", key)
    with BatchServer(account=account) as server:
        with pytest.raises(Problem, match=said):
            submit(server.url, tmp_path)
        assert len(server.requests) == 1
    assert not ledger_files(tmp_path)


@pytest.mark.parametrize("strangers", [1, 9])
def test_strangers_batches_of_the_same_size_are_no_answers(tmp_path: Path, strangers: int) -> None:
    """Others of the organisation submit as well, and a list does not say what a batch asks."""
    faults = [*[None] * strangers, HalfAnswer()]
    with BatchServer(submit_faults=faults, batch_seconds=math.inf) as server:
        stranger = anthropic.Anthropic(api_key=KEY, base_url=server.url)
        for _ in range(strangers):
            stranger.messages.batches.create(
                requests=[
                    {"custom_id": f"mine-{n}", "params": question(-n).request(cache=False)}
                    for n in range(MANY)
                ]
            )
        submit(server.url, tmp_path)
        assert ledger_files(tmp_path) == ["json"] * (strangers + 1)
        for batch in server.batches.ids:
            server.batches.finish(batch)
        assert replies(answers(server.url, tmp_path)).keys() == {each.key for each in QUESTIONS}
        assert len(server.batches.ids) == strangers + 1
    assert len(list(tmp_path.glob("[0-9a-f][0-9a-f]/*.json"))) == MANY


def test_a_budget_lets_through_what_it_has_room_for(tmp_path: Path) -> None:
    """And the rest when what was submitted has turned out cheaper."""
    most = 0.5 * (25 * 1024 + 5 * 1.25 * 1000) / 1e6  # of a question, about
    with BatchServer() as server:
        submit(server.url, tmp_path, dollars=4.5 * most)
        assert 0 < sum(server.submitted.values()) < MANY
        replies(answers(server.url, tmp_path, dollars=4.5 * most))
        assert len(server.batches.ids) > 2
        with pytest.raises(Problem, match=r"raise claude\.budget_usd"):
            submit(server.url, tmp_path, [question(-1)], dollars=0.0001)
    assert_paid_once(server)


def test_killed_before_anything_was_sent_or_while_nobody_hears(tmp_path: Path) -> None:
    with BatchServer() as server:
        server.accept_seconds = 60.0
        with process(functools.partial(submit, server.url, tmp_path)):
            wait_until(lambda: server.batches.ids)
        assert ledger_files(tmp_path) == ["intent"]
        server.accept_seconds = 0.0
        replies(answers(server.url, tmp_path))
        assert ledger_files(tmp_path) == ["collected.json"]
    assert_paid_once(server)


# Batches of runs that were stopped while they submitted


def stopped_while_sending(server: BatchServer, folder: Path) -> Path:
    """The note of a run that was stopped after its batch had arrived, before it heard of it."""
    server.accept_seconds = 60.0
    with process(functools.partial(submit, server.url, folder)):
        wait_until(lambda: server.batches.ids)
    server.accept_seconds = 0.0
    [intent] = folder.glob("batches/intent-*.json")
    return intent


def test_another_key_cannot_tell_whether_a_batch_has_arrived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its workspace lists other batches. What that run asks is left to it, and others go on."""
    with BatchServer(other_keys=[OTHER_KEY]) as server:
        intent = stopped_while_sending(server, tmp_path)
        monkeypatch.setenv("ANTHROPIC_API_KEY", OTHER_KEY)
        for _ in range(2):
            with pytest.raises(Fatal, match=f"another key or base_url.* or remove {intent} to ask"):
                answers(server.url, tmp_path)
        replies(answers(server.url, tmp_path, [question(-1)]))
        assert ledger_files(tmp_path) == ["intent", "collected.json"]
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        replies(answers(server.url, tmp_path))
        assert len(server.batches.ids) == 1
    assert_paid_once(server, MANY + 1)


def test_money_that_another_key_may_have_spent_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with BatchServer(other_keys=[OTHER_KEY]) as server:
        origin = batch_origins.origin_of(connect(Connection(base_url=server.url)), "other")
        intent = BatchLedger(tmp_path).intend([question(-1).key], 1.0, origin)
        monkeypatch.setenv("ANTHROPIC_API_KEY", OTHER_KEY)
        with pytest.raises(Fatal, match=f"or money that this one needs .*{intent.name}"):
            answers(server.url, tmp_path, dollars=1.0)
        assert not server.submitted


def test_a_strangers_batch_is_not_taken_for_one_submitted_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with BatchServer(other_keys=[OTHER_KEY]) as server:
        stopped_while_sending(server, tmp_path)
        monkeypatch.setenv("ANTHROPIC_API_KEY", OTHER_KEY)
        submit(server.url, tmp_path / "elsewhere", [question(-n) for n in range(1, MANY + 1)])
        with pytest.raises(Fatal, match="whether it has arrived cannot be seen"):
            answers(server.url, tmp_path)
        assert ledger_files(tmp_path) == ["intent"]


def test_another_endpoint_cannot_tell_whether_a_batch_has_arrived(tmp_path: Path) -> None:
    with BatchServer() as server, BatchServer() as other:
        intent = stopped_while_sending(server, tmp_path)
        with pytest.raises(Fatal, match="while this run asks"):
            answers(other.url, tmp_path)
        assert not other.submitted
        intent.unlink()
        replies(answers(other.url, tmp_path))
    assert_paid_once(other)


@pytest.mark.parametrize("arrived", [True, False])
def test_the_note_of_an_earlier_version_says_no_place(tmp_path: Path, arrived: bool) -> None:
    """A batch that is listed is taken. One that is not may be listed elsewhere."""
    with BatchServer() as server:
        intent = stopped_while_sending(server, tmp_path)
        content = json.loads(intent.read_text())
        earlier = {name: content[name] for name in ("keys", "bound_usd", "time")}
        intent.write_text(json.dumps(earlier))
        if arrived:
            replies(answers(server.url, tmp_path))
            assert_paid_once(server)
        else:
            server.batches.forget(server.batches.ids[0])
            with pytest.raises(Fatal, match=f"by an earlier version.* or remove {intent} to ask"):
                answers(server.url, tmp_path)


def test_after_a_strangers_batch_the_list_is_looked_at_again(tmp_path: Path) -> None:
    """It showed the stranger's first: the right one took longer to appear."""

    class Late(BatchServer):
        hidden = ""

        def reply(self, request: Any, record: Any) -> Any:
            reply = super().reply(request, record)
            if self.hidden and request.path.endswith("/batches") and request.method == "GET":
                page = json.loads(reply.body)
                page["data"] = [each for each in page["data"] if each["id"] != self.hidden]
                reply.body = json.dumps(page).encode()
            return reply

    with Late(batch_seconds=math.inf) as server:
        stopped_while_sending(server, tmp_path)
        [mine] = server.batches.ids
        server.hidden = mine
        submit(server.url, tmp_path / "elsewhere", [question(-n) for n in range(1, MANY + 1)])
        submit(server.url, tmp_path)
        [_, strangers] = server.batches.ids
        assert {path.stem for path in tmp_path.glob("batches/*.json")} == {strangers}
        server.hidden = ""
        for batch in server.batches.ids:
            server.batches.finish(batch)
        replies(answers(server.url, tmp_path))
    assert_paid_once(server, 2 * MANY)


@pytest.mark.parametrize("status", [429, 529])
def test_a_wait_that_is_too_long_is_no_submission(tmp_path: Path, status: int) -> None:
    kind = {429: "rate_limit_error", 529: "overloaded_error"}[status]

    class Waiting(BatchServer):
        waits = True

        def reply(self, request: Any, record: Any) -> Any:
            if self.waits:
                raise ApiError(kind, "Later.", {"retry-after": "3600"})
            return super().reply(request, record)

    with Waiting() as server:
        with pytest.raises(Fatal, match=r"asks to wait 60 min .*claude\.max_wait allows 10 min"):
            submit(server.url, tmp_path)
        assert not ledger_files(tmp_path)
        server.waits = False
        replies(answers(server.url, tmp_path))
    assert_paid_once(server)


def test_a_batch_that_is_too_large_for_the_endpoint(tmp_path: Path) -> None:
    said = r"of 12 questions \(413: .*lower claude\.batch\.episodes"
    with (
        BatchServer(submit_faults=TooLarge()) as server,
        pytest.raises(Problem, match=said),
    ):
        submit(server.url, tmp_path)
    assert not ledger_files(tmp_path)
