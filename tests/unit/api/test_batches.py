"""Message batches through the real SDK: nothing is submitted twice, and nothing is lost."""

import asyncio
import contextlib
import functools
import json
import math
import multiprocessing
import os
import time
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anthropic
import pytest

from servers.claude import (
    ClaudeServer,
    Dropped,
    Expired,
    FromFunction,
    HalfAnswer,
    NoCredit,
    Overloaded,
    RateLimited,
    ServerError,
)
from servers.claude.faults import Ask, Fault
from servers.claude.wire import Reply as Sent
from servers.claude.wire import Request
from subtasks.api import batch_submission, batches
from subtasks.api.batches import BatchApi
from subtasks.api.connection import Connection
from subtasks.api.errors import Answered, Refused
from subtasks.cost.budget import Budget
from subtasks.cost.prices import Prices
from subtasks.errors import Problem
from subtasks.questions.question import Jpeg, Question
from subtasks.questions.reply import Reply
from subtasks.store.replies import ReplyStore
from support.waiting import wait_until

KEY = "sk-ant-loopback"
MODEL = "claude-opus-4-7"
PRICES = Prices("2026-09-30", {MODEL: (5.0, 25.0)}, 0.5, 1.25, 0.1)
MANY = 12


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loopback server lists a batch at once, so nobody has to wait for it to appear."""
    monkeypatch.setattr(batch_submission, "ARRIVAL_SECONDS", 0.2)
    monkeypatch.setattr(batch_submission, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(batches, "BREAK_SECONDS", 0.05)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)


def question(number: int, model: str = MODEL) -> Question:
    return Question(model, 1024, None, None, (f"What is {number}?",))


QUESTIONS = [question(number) for number in range(MANY)]
Answers = dict[str, Answered]


class Server(ClaudeServer):
    """A loopback API whose answers about batches may go wrong, and may come late."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, key=KEY, **options)
        self.broken_results = 0
        self.broken_looks = 0
        self.accepted_for = 0.0  # seconds until a sender hears that its batch was accepted
        self.garbled: dict[str, bytes] = {}  # what comes instead, with status 200, by method

    def reply(self, request: Request, record: Any) -> Sent:
        if request.method == "GET" and self.broken_looks:
            self.broken_looks -= 1
            raise ServerError().error
        reply = super().reply(request, record)
        if request.method in self.garbled:
            return Sent(self.garbled[request.method], "application/json")
        if request.path.endswith("/results") and self.broken_results:
            self.broken_results -= 1
            reply.half = True
        if request.path.endswith("/batches") and request.method == "POST":
            time.sleep(self.accepted_for)
        return reply

    def requested(self, method: str, path: str) -> int:
        return sum(each.method == method and each.path.endswith(path) for each in self.requests)

    def looks(self, batch: str) -> int:
        """How often somebody looked whether a batch has ended."""
        return self.requested("GET", batch)

    def asking(self, batch: str) -> set[str]:
        """Who looks after a batch."""
        found = [each for each in self.requests if each.path.endswith(batch)]
        return {each.headers.get("x-job") for each in found}


@contextlib.asynccontextmanager
async def batching(
    url: str, folder: Path, *, retries: int = 2, dollars: float | None = None
) -> AsyncIterator[BatchApi]:
    """Batches over the store in a folder, as a program has them."""
    connection = Connection(base_url=url, max_retries=retries)
    with ReplyStore(folder) as store:
        budget = Budget(store, PRICES, dollars)
        async with BatchApi(store, budget, 0.05, connection) as api:
            yield api


def submit(url: str, folder: Path, questions: list[Question] = QUESTIONS, **options: Any) -> None:
    async def run() -> None:
        async with batching(url, folder, **options) as api:
            await api.submit(questions)

    asyncio.run(run())


def answers(
    url: str, folder: Path, questions: list[Question] = QUESTIONS, **options: Any
) -> Answers:
    async def run() -> Answers:
        async with batching(url, folder, **options) as api:
            return await api.answers(lambda: iter(questions))

    return asyncio.run(run())


def replies(found: Answers) -> dict[str, Reply]:
    assert not any(isinstance(each, Refused) for each in found.values()), found
    return {key: reply for key, (reply, _) in found.items()}


def assert_paid_once(server: ClaudeServer, questions: int = MANY) -> None:
    assert len(server.submitted) == len(server.answered) == questions
    assert set(server.submitted.values()) == set(server.answered.values()) == {1}


def ledger(folder: Path) -> list[str]:
    """What kinds of files say about batches."""
    names = sorted(path.name for path in folder.glob("batches/*"))
    return [name.split("-")[0] if "-" in name else name.partition(".")[2] for name in names]


# answers ----------------------------------------------------------------------------------------


def test_every_question_gets_its_own_answer(tmp_path: Path) -> None:
    """Results come in any order."""

    def numbered(asked: Any) -> list[dict[str, Any]]:
        return [{"time": 0.0, "subtask": f"number {asked.texts[0].split()[-1]}"}]

    with Server(FromFunction(numbered)) as server:
        found = replies(answers(server.url, tmp_path))
        again = answers(server.url, tmp_path)
    assert_paid_once(server)
    assert len(server.batches.ids) == 1
    for number, each in enumerate(QUESTIONS):
        assert f"number {number}?" in found[each.key].text
        assert found[each.key].batch
        assert again[each.key] == (found[each.key], True)
    assert ledger(tmp_path) == ["collected.json"]


def test_what_is_answered_takes_neither_key_nor_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server() as server:
        answers(server.url, tmp_path)
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    assert len(answers(server.url, tmp_path)) == MANY


def test_what_is_answered_or_under_way_is_not_submitted(tmp_path: Path) -> None:
    with Server(batch_seconds=math.inf) as server:
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
    with Server(batch_seconds=math.inf) as server, contextlib.ExitStack() as stack:
        work = functools.partial(answers, server.url, tmp_path)
        jobs = [stack.enter_context(process(work, name)) for name in "ab"]
        wait_until(lambda: server.batches.ids)
        [batch] = server.batches.ids
        wait_until(lambda: len(server.asking(batch)) == len(jobs))
        server.batches.finish(batch)
        for job in jobs:
            job.join()
            assert job.exitcode == 0
        assert server.requested("GET", "/results") == 1
    assert_paid_once(server)


def test_who_waits_for_one_batch_hears_the_same_troubles(tmp_path: Path) -> None:
    """Those whose batch was collected by another do not take it for gone."""
    bad = Question(MODEL, 10**9, None, None, ("Hello.",))
    questions = [bad, *QUESTIONS]

    async def run(server: Server) -> list[Answers]:
        connection = Connection(base_url=server.url, max_retries=2)
        with ReplyStore(tmp_path) as store:
            async with contextlib.AsyncExitStack() as stack:
                jobs = [
                    BatchApi(store, Budget(store, PRICES, None), 0.05, connection) for _ in "ab"
                ]
                for job in jobs:
                    await stack.enter_async_context(job)
                work = [asyncio.create_task(job.answers(lambda: questions)) for job in jobs]
                while not server.batches.ids or server.looks(server.batches.ids[0]) < 4:
                    await asyncio.sleep(0.01)
                server.batches.finish(server.batches.ids[0])
                return await asyncio.gather(*work)

    with Server(batch_seconds=math.inf) as server:
        one, other = asyncio.run(run(server))
        assert len(server.batches.ids) == 1
    assert str(one[bad.key]) == str(other[bad.key])
    assert "max_tokens: 1000000000" in str(one.pop(bad.key))
    assert "max_tokens: 1000000000" in str(other.pop(bad.key))
    assert replies(one) == replies(other)


def test_batches_stay_within_their_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MAX_REQUESTS", 5)
    with Server() as server:
        replies(answers(server.url, tmp_path))
        assert len(server.batches.ids) == 3
    assert_paid_once(server)
    monkeypatch.setattr(batches, "MAX_BYTES", 500)
    parts = list(batches.parts(QUESTIONS))
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
        async with batching(url, tmp_path) as api:
            tracemalloc.start()
            await api.submit(shown())

    with Server(batch_seconds=math.inf) as server:
        try:
            asyncio.run(run(server.url))
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert sum(server.submitted.values()) == count
    kept_by_server = size * count * 4 // 3
    assert most - kept_by_server < size * count / 2


# what goes wrong with requests ------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Expired(), ServerError(), Overloaded()])
@pytest.mark.parametrize("times", [1, 2])
def test_errored_and_expired_requests_are_asked_again(
    tmp_path: Path, fault: Fault, times: int
) -> None:
    def unlucky(ask: Ask) -> Fault | None:
        hit = ask.question.texts == QUESTIONS[3].content
        return fault if hit and ask.attempt < times else None

    with Server(faults=unlucky) as server:
        replies(answers(server.url, tmp_path))
    assert Counter(server.submitted.values()) == {1: MANY - 1, 1 + times: 1}
    assert set(server.answered.values()) == {1}
    assert len(server.batches.ids) == 1 + times


def test_a_question_goes_into_three_batches_at_most(tmp_path: Path) -> None:
    with Server(faults=Expired()) as server:
        found = answers(server.url, tmp_path, QUESTIONS[:1])
        assert str(found[QUESTIONS[0].key]) == "3 batches brought no answer: the request expired"
        assert len(server.batches.ids) == 3


def test_a_question_the_api_refuses_is_asked_once(tmp_path: Path) -> None:
    bad = Question(MODEL, 10**9, None, None, ("Hello.",))
    with Server() as server:
        found = answers(server.url, tmp_path, [bad, *QUESTIONS])
        assert "max_tokens: 1000000000" in str(found.pop(bad.key))
        assert len(replies(found)) == MANY
        assert len(server.batches.ids) == 1


def test_an_unknown_model_ends_the_run_and_what_came_is_kept(tmp_path: Path) -> None:
    with Server() as server:
        with pytest.raises(Problem, match="knows no model claude-opus-9"):
            answers(server.url, tmp_path, [question(0, "claude-opus-9"), *QUESTIONS])
        assert ledger(tmp_path) == ["collected.json"]
        replies(answers(server.url, tmp_path))
        assert len(server.batches.ids) == 1


def test_a_canceled_batch_is_not_submitted_against_the_users_will(tmp_path: Path) -> None:
    with Server(batch_seconds=math.inf) as server:
        submit(server.url, tmp_path)
        api = anthropic.Anthropic(api_key=KEY, base_url=server.url)
        api.messages.batches.cancel(server.batches.ids[0])
        found = answers(server.url, tmp_path)
        assert {str(each) for each in found.values()} == {"its message batch was canceled"}
        assert len(server.batches.ids) == 1


@pytest.mark.parametrize("way", ["archive", "forget"])
def test_a_batch_that_is_gone_is_asked_anew(tmp_path: Path, way: str) -> None:
    with Server() as server:
        submit(server.url, tmp_path)
        [old] = server.batches.ids
        server.batches.finish(old)
        getattr(server.batches, way)(old)  # what happens after 29 days
        replies(answers(server.url, tmp_path))
    assert set(server.submitted.values()) == {2}
    assert ledger(tmp_path) == ["collected.json"] * 2


# what goes wrong on the way -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [HalfAnswer(), Dropped(), ServerError(), Overloaded(), RateLimited(retry_after=0.1)],
    ids=lambda fault: type(fault).__name__,
)
def test_a_submission_that_fails_is_made_once(
    tmp_path: Path, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After half an answer the batch is there, after the others it is not."""
    monkeypatch.setattr(batch_submission, "_pause", lambda *_: 0.05)
    with Server(submit_faults=[fault]) as server:
        submit(server.url, tmp_path)
        assert len(server.batches.ids) == 1
        assert ledger(tmp_path) == ["json"]
        replies(answers(server.url, tmp_path))
    assert_paid_once(server)


def test_who_gives_up_leaves_a_note_for_the_next_run(tmp_path: Path) -> None:
    with Server(submit_faults=HalfAnswer()) as server:
        server.broken_looks = math.inf
        with pytest.raises(Problem, match=r"failed, after all retries \(500"):
            submit(server.url, tmp_path, retries=0)
        assert ledger(tmp_path) == ["intent"]
        server.broken_looks = 0
        replies(answers(server.url, tmp_path))
    assert_paid_once(server)


def test_who_knows_that_nothing_arrived_leaves_no_note(tmp_path: Path) -> None:
    with Server(submit_faults=[ServerError()]) as server:
        with pytest.raises(Problem, match=r"failed, after all retries \(500"):
            submit(server.url, tmp_path, retries=0)
        assert not ledger(tmp_path)
        replies(answers(server.url, tmp_path))
    assert_paid_once(server)


@pytest.mark.parametrize(
    ("account", "key", "said"),
    [(NoCredit(), KEY, "no credit left"), (None, "sk-ant-wrong", "does not accept the key")],
)
def test_trouble_with_the_account_ends_the_run_at_the_first_answer(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    account: NoCredit | None,
    key: str,
    said: str,
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", key)
    with Server(account=account) as server:
        with pytest.raises(Problem, match=said):
            submit(server.url, tmp_path)
        assert len(server.requests) == 1
    assert not ledger(tmp_path)


@pytest.mark.parametrize("strangers", [1, 9])
def test_strangers_batches_of_the_same_size_are_no_answers(tmp_path: Path, strangers: int) -> None:
    """Others of the organisation submit as well, and a list does not say what a batch asks."""
    faults = [*[None] * strangers, HalfAnswer()]
    with Server(submit_faults=faults, batch_seconds=math.inf) as server:
        stranger = anthropic.Anthropic(api_key=KEY, base_url=server.url)
        for _ in range(strangers):
            stranger.messages.batches.create(
                requests=[
                    {"custom_id": f"mine-{n}", "params": question(-n).request(cache=False)}
                    for n in range(MANY)
                ]
            )
        submit(server.url, tmp_path)
        assert ledger(tmp_path) == ["json"] * (strangers + 1)
        for batch in server.batches.ids:
            server.batches.finish(batch)
        assert replies(answers(server.url, tmp_path)).keys() == {each.key for each in QUESTIONS}
        assert len(server.batches.ids) == strangers + 1
    assert len(list(tmp_path.glob("[0-9a-f][0-9a-f]/*.json"))) == MANY


def test_a_network_that_is_down_for_a_while_ends_no_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:

    def go_out_of_sight(server: Server, batch: str, looks: float) -> None:
        wait_until(lambda: server.looks(batch))
        server.broken_looks = looks
        server.batches.finish(batch)

    with Server(batch_seconds=math.inf) as server, ThreadPoolExecutor() as threads:
        submit(server.url, tmp_path)
        threads.submit(go_out_of_sight, server, server.batches.ids[0], 5)
        replies(answers(server.url, tmp_path, retries=0))
        assert "out of sight for now (InternalServerError)" in caplog.text
        monkeypatch.setattr(batches, "PATIENCE_SECONDS", 0.2)
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
        server.broken_looks = 0
        replies(answers(server.url, tmp_path, other))
    assert_paid_once(server, MANY + 1)


@pytest.mark.parametrize("body", [b'{"id": "msg', b"[]", b'{"id": 1}', b"<html>", b"null"])
def test_an_endpoint_that_answers_like_no_api(tmp_path: Path, body: bytes) -> None:
    """When a batch is sent, when one that may have arrived is looked for, and when it ends."""
    foreign = pytest.raises(Problem, match="does not answer like the Claude API")
    with Server() as server:
        server.garbled = {"POST": body}
        with foreign:
            submit(server.url, tmp_path)
        server.garbled = {"GET": body}
        with foreign:
            submit(server.url, tmp_path)
        assert ledger(tmp_path) == ["intent"]
        server.garbled = {}
        submit(server.url, tmp_path)
        server.garbled = {"GET": body}
        with foreign:
            answers(server.url, tmp_path)
        server.garbled = {}
        replies(answers(server.url, tmp_path))
    assert_paid_once(server)


@pytest.mark.parametrize("content", ["", "[]", "{}"])
def test_a_damaged_record_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "batches/msgbatch_1.json"
    path.parent.mkdir()
    path.write_text(content)
    with Server() as server:
        for dollars in (None, 1.0):
            with pytest.raises(Problem, match=f"{path}, .* is damaged"):
                answers(server.url, tmp_path, dollars=dollars)
        assert not server.requests


def test_results_that_break_off_are_read_again(tmp_path: Path) -> None:
    with Server() as server:
        server.broken_results = 2
        server.broken_looks = 2
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


def test_a_budget_lets_through_what_it_has_room_for(tmp_path: Path) -> None:
    """And the rest when what was submitted has turned out cheaper."""
    most = 0.5 * (25 * 1024 + 5 * 1.25 * 1000) / 1e6  # of a question, about
    with Server() as server:
        submit(server.url, tmp_path, dollars=4.5 * most)
        assert 0 < sum(server.submitted.values()) < MANY
        replies(answers(server.url, tmp_path, dollars=4.5 * most))
        assert len(server.batches.ids) > 2
        with pytest.raises(Problem, match=r"raise claude\.budget_usd"):
            submit(server.url, tmp_path, [question(-1)], dollars=0.0001)
    assert_paid_once(server)


# processes that are killed ------------------------------------------------------------------------


def _run(work: Callable[[], Any], name: str) -> None:
    os.environ["ANTHROPIC_CUSTOM_HEADERS"] = f"x-job: {name}"
    work()


@contextlib.contextmanager
def process(work: Callable[[], Any], name: str = "job") -> Iterator[multiprocessing.Process]:
    """A process that is killed in the end, as by a power cut."""
    child = multiprocessing.get_context("spawn").Process(target=_run, args=[work, name])
    child.start()
    try:
        yield child
    finally:
        child.kill()
        child.join()


def test_killed_before_anything_was_sent_or_while_nobody_hears(tmp_path: Path) -> None:
    with Server() as server:
        server.accepted_for = 60.0
        with process(functools.partial(submit, server.url, tmp_path)):
            wait_until(lambda: server.batches.ids)
        assert ledger(tmp_path) == ["intent"]
        server.accepted_for = 0.0
        replies(answers(server.url, tmp_path))
        assert ledger(tmp_path) == ["collected.json"]
    assert_paid_once(server)


def test_killed_between_submitting_and_collecting(tmp_path: Path) -> None:
    with Server(batch_seconds=math.inf) as server:
        with process(functools.partial(answers, server.url, tmp_path)):
            wait_until(lambda: server.batches.ids)
            [batch] = server.batches.ids
            wait_until(lambda: server.asking(batch))
        server.batches.finish(batch)
        replies(answers(server.url, tmp_path))
    assert_paid_once(server)


def test_killed_while_collecting(tmp_path: Path) -> None:
    many = [question(number) for number in range(300)]
    with Server() as server:
        with process(functools.partial(answers, server.url, tmp_path, many)):
            wait_until(lambda: any(tmp_path.glob("[0-9a-f][0-9a-f]/*.json")))
        kept = len(list(tmp_path.glob("[0-9a-f][0-9a-f]/*.json")))
        assert 0 < kept < len(many)
        found = answers(server.url, tmp_path, many)
    assert_paid_once(server, len(many))
    assert sum(stored for _, stored in found.values()) >= kept
