"""Message batches through the real SDK: no reply is lost, and none is paid for twice."""

import asyncio
import contextlib
import functools
import json
import math
import os
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anthropic
import pytest

from servers.claude import About, Expired, FromFunction, Invalid, Overloaded, ServerError
from servers.claude.faults import Ask, Fault
from subtasks.api import batch_collection, batches
from subtasks.api.batches import BatchApi
from subtasks.api.connection import Connection
from subtasks.cost.budget import Budget
from subtasks.errors import Problem
from subtasks.questions.question import Jpeg, Question
from subtasks.store.replies import ReplyStore
from support.batch_server import (
    KEY,
    MANY,
    MODEL,
    PRICES,
    QUESTIONS,
    Answers,
    BatchServer,
    answers,
    assert_paid_once,
    ledger_files,
    open_batch_api,
    process,
    question,
    replies,
    submit,
)
from support.waiting import WAIT_SECONDS, wait_until

REFUSED = About("Hello.", Invalid())
pytestmark = pytest.mark.usefixtures("in_batches")


def test_every_question_gets_its_own_answer(tmp_path: Path) -> None:
    """Results come in any order."""

    def numbered(asked: Any) -> list[dict[str, Any]]:
        return [{"time": 0.0, "subtask": f"number {asked.texts[0].split()[-1]}"}]

    with BatchServer(FromFunction(numbered)) as server:
        found = replies(answers(server.url, tmp_path))
        again = answers(server.url, tmp_path)
    assert_paid_once(server)
    assert len(server.batches.ids) == 1
    for number, each in enumerate(QUESTIONS):
        assert f"number {number}?" in found[each.key].text
        assert found[each.key].batch
        assert again[each.key] == (found[each.key], True)
    assert ledger_files(tmp_path) == ["collected.json"]


def test_what_is_answered_takes_neither_key_nor_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with BatchServer() as server:
        answers(server.url, tmp_path)
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    assert len(answers(server.url, tmp_path)) == MANY


def test_what_is_answered_or_under_way_is_not_submitted(tmp_path: Path) -> None:
    with BatchServer(batch_seconds=math.inf) as server:
        submit(server.url, tmp_path, QUESTIONS[:5])
        [first] = server.batches.ids
        submit(server.url, tmp_path, QUESTIONS + QUESTIONS[::-1])
        submit(server.url, tmp_path)
        _, second = server.batches.ids
        server.batches.finish(first)
        answers(server.url, tmp_path, QUESTIONS[:5])
        server.batches.finish(second)
        found = answers(server.url, tmp_path)
    assert_paid_once(server)
    assert [found[each.key][1] for each in QUESTIONS] == [True] * 5 + [False] * 7


def test_who_waits_for_one_batch_collects_it_once(tmp_path: Path) -> None:
    with BatchServer(batch_seconds=math.inf) as server, contextlib.ExitStack() as stack:
        work = functools.partial(answers, server.url, tmp_path)
        jobs = [stack.enter_context(process(work, name)) for name in "ab"]
        wait_until(lambda: server.batches.ids)
        [batch] = server.batches.ids
        wait_until(lambda: len(server.pollers(batch)) == len(jobs))
        server.batches.finish(batch)
        for job in jobs:
            job.join()
            assert job.exitcode == 0
        assert server.requested("GET", "/results") == 1
    assert_paid_once(server)


def test_who_waits_for_one_batch_hears_the_same_troubles(tmp_path: Path) -> None:
    """Those whose batch was collected by another do not take it for gone."""
    bad = Question(MODEL, 9, None, None, ("Hello.",))
    questions = [bad, *QUESTIONS]

    async def run(server: BatchServer) -> list[Answers]:
        connection = Connection(base_url=server.url, max_retries=2)
        with ReplyStore(tmp_path) as store:
            async with contextlib.AsyncExitStack() as stack:
                jobs = [
                    BatchApi(store, Budget(store, PRICES, None), 0.05, connection, name)
                    for name in "ab"
                ]
                for job in jobs:
                    await stack.enter_async_context(job)
                work = [asyncio.create_task(job.answers(lambda: questions)) for job in jobs]
                while not server.batches.ids or server.polls(server.batches.ids[0]) < 4:
                    await asyncio.sleep(0.01)
                server.batches.finish(server.batches.ids[0])
                return await asyncio.gather(*work)

    with BatchServer(batch_seconds=math.inf, faults=REFUSED) as server:
        one, other = asyncio.run(run(server))
        assert len(server.batches.ids) == 1
    assert str(one[bad.key]) == str(other[bad.key])
    assert "Could not process image" in str(one.pop(bad.key))
    assert "Could not process image" in str(other.pop(bad.key))
    assert replies(one) == replies(other)
    # Only the one that asked counts them as made.
    assert {stored for _, stored in one.values()} != {stored for _, stored in other.values()}


def test_batches_stay_within_their_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MAX_REQUESTS", 5)
    with BatchServer() as server:
        replies(answers(server.url, tmp_path))
        assert len(server.batches.ids) == 3
    assert_paid_once(server)
    monkeypatch.setattr(batches, "MAX_BYTES", 500)
    parts = list(batches.split_into_batches(QUESTIONS))
    assert [each for part in parts for each in part] == QUESTIONS
    for part in parts:
        assert len(json.dumps([each.request(cache=False) for each in part])) <= 500


def test_no_more_images_are_held_than_a_batch_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size, count = 200_000, 60
    monkeypatch.setattr(batches, "MAX_BYTES", 4 * size)

    def shown() -> Iterator[Question]:
        for number in range(count):
            yield Question(MODEL, 9, None, None, (Jpeg(os.urandom(1) * size, 1, 1), f"{number}"))

    async def run(url: str) -> None:
        async with open_batch_api(url, tmp_path) as api:
            tracemalloc.start()
            await api.submit(shown())

    with BatchServer(batch_seconds=math.inf) as server:
        try:
            asyncio.run(run(server.url))
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert sum(server.submitted.values()) == count
    kept_by_server = size * count * 4 // 3
    assert most - kept_by_server < size * count / 2


@pytest.mark.parametrize("fault", [Expired(), ServerError(), Overloaded()])
@pytest.mark.parametrize("times", [1, 2])
def test_errored_and_expired_requests_are_asked_again(
    tmp_path: Path, fault: Fault, times: int
) -> None:
    def unlucky(ask: Ask) -> Fault | None:
        hit = ask.question.texts == QUESTIONS[3].content
        return fault if hit and ask.attempt < times else None

    with BatchServer(faults=unlucky) as server:
        replies(answers(server.url, tmp_path))
    assert Counter(server.submitted.values()) == {1: MANY - 1, 1 + times: 1}
    assert set(server.answered.values()) == {1}
    assert len(server.batches.ids) == 1 + times


def test_a_question_goes_into_three_batches_at_most(tmp_path: Path) -> None:
    with BatchServer(faults=Expired()) as server:
        found = answers(server.url, tmp_path, QUESTIONS[:1])
        assert str(found[QUESTIONS[0].key]) == "3 batches gave no answer: the request expired"
        assert len(server.batches.ids) == 3


def test_a_question_the_api_refuses_is_asked_once(tmp_path: Path) -> None:
    bad = Question(MODEL, 9, None, None, ("Hello.",))
    with BatchServer(faults=REFUSED) as server:
        found = answers(server.url, tmp_path, [bad, *QUESTIONS])
        assert "Could not process image" in str(found.pop(bad.key))
        assert len(replies(found)) == MANY
        assert len(server.batches.ids) == 1


def test_an_unknown_model_ends_the_run_and_what_came_is_kept(tmp_path: Path) -> None:
    with BatchServer() as server:
        with pytest.raises(Problem, match="has no model claude-opus-9"):
            answers(server.url, tmp_path, [question(0, "claude-opus-9"), *QUESTIONS])
        assert ledger_files(tmp_path) == ["collected.json"]
        replies(answers(server.url, tmp_path))
        assert len(server.batches.ids) == 1


def test_a_canceled_batch_is_not_submitted_against_the_users_will(tmp_path: Path) -> None:
    with BatchServer(batch_seconds=math.inf) as server:
        submit(server.url, tmp_path)
        api = anthropic.Anthropic(api_key=KEY, base_url=server.url)
        api.messages.batches.cancel(server.batches.ids[0])
        found = answers(server.url, tmp_path)
        assert {str(each) for each in found.values()} == {"its message batch was canceled"}
        assert len(server.batches.ids) == 1


def test_a_network_that_is_down_for_a_while_ends_no_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:

    def go_out_of_sight(server: BatchServer, batch: str, polls: float) -> None:
        wait_until(lambda: server.polls(batch))
        server.broken_polls = polls
        server.batches.finish(batch)

    with BatchServer(batch_seconds=math.inf) as server, ThreadPoolExecutor() as threads:
        submit(server.url, tmp_path)
        threads.submit(go_out_of_sight, server, server.batches.ids[0], 5)
        replies(answers(server.url, tmp_path, retries=0))
        assert "cannot be reached (InternalServerError)" in caplog.text
        monkeypatch.setattr(batch_collection, "MAX_OUTAGE_SECONDS", 0.2)
        other = [question(-1)]
        submit(server.url, tmp_path, other)
        threads.submit(go_out_of_sight, server, server.batches.ids[1], math.inf)
        with pytest.raises(Problem, match="failed, after all retries"):
            answers(server.url, tmp_path, other, retries=0)
        # Where no batch could be seen yet, an address may be wrong.
        monkeypatch.undo()
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        with pytest.raises(Problem, match="failed, after all retries"):
            answers(server.url, tmp_path, other, retries=0)
        server.broken_polls = 0
        replies(answers(server.url, tmp_path, other))
    assert_paid_once(server, MANY + 1)


@pytest.mark.parametrize("content", ["", "[]", "{}"])
def test_a_damaged_record_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "batches/msgbatch_1.json"
    path.parent.mkdir()
    path.write_text(content)
    with BatchServer() as server:
        for dollars in (None, 1.0):
            with pytest.raises(Problem, match=f"{path}, .* is damaged"):
                answers(server.url, tmp_path, dollars=dollars)
        assert not server.requests


def test_results_that_break_off_are_read_again(tmp_path: Path) -> None:
    with BatchServer() as server:
        server.broken_results = 2
        server.broken_polls = 2
        replies(answers(server.url, tmp_path))
        assert server.requested("GET", "/results") >= 3
        assert_paid_once(server)
        server.broken_results = math.inf
        other = [question(-1)]
        with pytest.raises(Problem, match=r"the results of batch \w+ broke off .* run again"):
            answers(server.url, tmp_path, other)
        server.broken_results = 0
        replies(answers(server.url, tmp_path, other))
    assert_paid_once(server, MANY + 1)


def test_killed_between_submitting_and_collecting(tmp_path: Path) -> None:
    with BatchServer(batch_seconds=math.inf) as server:
        with process(functools.partial(answers, server.url, tmp_path)):
            wait_until(lambda: server.batches.ids)
            [batch] = server.batches.ids
            wait_until(lambda: server.pollers(batch))
        server.batches.finish(batch)
        replies(answers(server.url, tmp_path))
    assert_paid_once(server)


def test_killed_while_collecting(tmp_path: Path) -> None:
    many = [question(number) for number in range(300)]
    with BatchServer() as server:
        server.result_seconds = WAIT_SECONDS
        with process(functools.partial(answers, server.url, tmp_path, many)):
            wait_until(lambda: any(tmp_path.glob("[0-9a-f][0-9a-f]/*.json")))
        kept = len(list(tmp_path.glob("[0-9a-f][0-9a-f]/*.json")))
        assert 0 < kept < len(many)
        server.result_seconds = 0.0
        found = answers(server.url, tmp_path, many)
    assert_paid_once(server, len(many))
    # The job that submitted them, and was killed before it could count any, counts them all.
    assert not any(stored for _, stored in found.values())


def test_a_damaged_reply_fails_its_question_alone(tmp_path: Path) -> None:
    """Whoever paid for it decides whether it is asked again."""
    with BatchServer() as server:
        replies(answers(server.url, tmp_path))
        key = QUESTIONS[3].key
        path = tmp_path / key[:2] / f"{key}.json"
        path.write_bytes(path.read_bytes()[:20])
        submit(server.url, tmp_path)
        found = answers(server.url, tmp_path)
        assert f"the stored reply {path} is damaged" in str(found.pop(key))
        assert len(replies(found)) == MANY - 1
        assert len(server.batches.ids) == 1
        path.unlink()
        replies(answers(server.url, tmp_path))
    assert sorted(server.submitted.values()) == [1] * (MANY - 1) + [2]


def test_who_did_not_ask_takes_the_answers_from_the_store(tmp_path: Path) -> None:
    """Whichever collects them, and whether it was there when they came."""
    with BatchServer() as server:
        submit(server.url, tmp_path, QUESTIONS[:5], asker="one")
        submit(server.url, tmp_path, asker="other")
        for _ in range(2):  # its requests are counted once
            counted = answers(server.url, tmp_path, asker="a third")
            assert all(stored for _, stored in counted.values())
        one = answers(server.url, tmp_path, asker="one")
        other = answers(server.url, tmp_path, asker="other")
        assert [one[each.key][1] for each in QUESTIONS] == [False] * 5 + [True] * 7
        assert [other[each.key][1] for each in QUESTIONS] == [True] * 5 + [False] * 7
        for asker in ("one", "other"):
            again = answers(server.url, tmp_path, asker=asker)
            assert all(stored for _, stored in again.values())
    assert_paid_once(server)


def test_a_job_that_fails_leaves_its_requests_to_be_counted(tmp_path: Path) -> None:
    with BatchServer() as server:
        with pytest.raises(Problem, match="has no model claude-opus-9"):
            answers(server.url, tmp_path, [question(0, "claude-opus-9"), *QUESTIONS])
        found = answers(server.url, tmp_path)
        assert not any(stored for _, stored in found.values())


def test_a_job_has_one_name_in_all_its_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    receipt = Path("work/droid/receipts/000000-000015.json")
    outcomes = Path("work/droid/outcomes/000000-000015.jsonl")
    name = batches.asker_of(receipt)
    assert name == batches.asker_of(outcomes) == batches.asker_of(tmp_path / outcomes)
    others = [
        Path("work/droid/outcomes/000016-000031.jsonl"),
        Path("work/other/outcomes/000000-000015.jsonl"),
        Path("elsewhere/droid/outcomes/000000-000015.jsonl"),
    ]
    assert len({name, *map(batches.asker_of, others)}) == 4
    # It is part of the name of a file.
    assert name.isalnum()
    assert batches.asker_of(Path("work/\udcff/outcomes/1.jsonl")).isalnum()
