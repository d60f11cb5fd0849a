"""Submitting through the real SDK: every batch is sent once, whatever goes wrong on the way."""

import functools
import math
from itertools import groupby
from pathlib import Path

import anthropic
import pytest

from servers.claude import Dropped, HalfAnswer, NoCredit, Overloaded, RateLimited, ServerError
from servers.claude.faults import Fault
from subtasks.errors import Problem
from support.batch_server import (
    KEY,
    MANY,
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


@pytest.mark.parametrize("body", [b'{"id": "msg', b"[]", b'{"id": 1}', b"<html>", b"null"])
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
