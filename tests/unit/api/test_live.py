"""Asking live through the real SDK: what ends a run, and what is not asked."""

import asyncio
import errno
import math
import os
from pathlib import Path

import pytest

from servers.claude import ClaudeServer, HalfAnswer
from subtasks.api.batches import BatchApi
from subtasks.api.connection import Connection
from subtasks.api.errors import Refused, Unavailable
from subtasks.api.live import LiveApi, gather_all
from subtasks.cost.budget import Budget
from subtasks.cost.prices import Prices
from subtasks.errors import Fatal, Problem
from subtasks.questions.question import Question
from subtasks.questions.reply import Reply
from subtasks.store.replies import ReplyStore
from support.fixed_endpoint import QUESTION, Endpoint, error_body
from support.fixed_endpoint import ask as ask_one
from support.strange_answers import FOREIGN, UNUSABLE, USABLE, body

MODEL = "claude-opus-4-7"
FREE = Prices("2026-09-30", {}, 0.5, 1.25, 0.1)
QUESTIONS = [Question(MODEL, 256, None, None, (f"What is {number}?",)) for number in range(40)]
IN_FLIGHT = 2


class FullStore(ReplyStore):
    """A store on a disk without room."""

    def put(self, key: str, reply: Reply, body: str = "") -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def claude(monkeypatch: pytest.MonkeyPatch) -> ClaudeServer:
    claude = ClaudeServer(latency=0.1, batch_seconds=math.inf)
    monkeypatch.setenv("ANTHROPIC_API_KEY", claude.key)
    return claude


def connection(claude: ClaudeServer) -> Connection:
    return Connection(base_url=claude.url, max_retries=0)


def ask(claude: ClaudeServer, store: ReplyStore, questions: list[Question] = QUESTIONS) -> None:
    async def run() -> None:
        budget = Budget(store, FREE, None)
        async with LiveApi(store, budget, IN_FLIGHT, connection(claude)) as api:
            await gather_all([api.answer(question) for question in questions])

    asyncio.run(run())


def test_a_full_disk_ends_a_run(claude: ClaudeServer, tmp_path: Path) -> None:
    """Answers that cannot be kept are not paid for."""
    with claude, FullStore(tmp_path) as store:
        with pytest.raises(OSError, match="No space left"):
            ask(claude, store)
        assert len(claude.answered) <= IN_FLIGHT


def test_what_a_batch_has_under_way_is_not_asked(claude: ClaudeServer, tmp_path: Path) -> None:
    ordered, others = QUESTIONS[:3], QUESTIONS[3:6]

    async def submit(store: ReplyStore) -> None:
        async with BatchApi(store, Budget(store, FREE, None), 0.05, connection(claude)) as api:
            await api.submit(ordered)

    with claude, ReplyStore(tmp_path) as store:
        asyncio.run(submit(store))
        [batch] = claude.batches.ids
        ask(claude, store, others)
        with pytest.raises(Problem, match=rf"{batch}\.json.*claude\.api: batch"):
            ask(claude, store, ordered)
        assert len(claude.answered) == len(others)
        (tmp_path / f"batches/{batch}.json").unlink()
        ask(claude, store, ordered)
        assert len(claude.answered) == len(ordered) + len(others)


def test_half_an_answer_is_asked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ClaudeServer(faults=[HalfAnswer()]) as claude:
        monkeypatch.setenv("ANTHROPIC_API_KEY", claude.key)
        assert ask_one(tmp_path, claude.url, retries=1).text
        assert [record.status for record in claude.requests] == [200, 200]


# strange answers and questions without any -----------------------------------------------------


@pytest.mark.parametrize("answer", (KEPT := USABLE | UNUSABLE).values(), ids=KEPT)
def test_a_strange_answer_is_paid_for_once(
    endpoint: Endpoint, tmp_path: Path, answer: bytes
) -> None:
    endpoint.respond(200, answer)
    first = ask_one(tmp_path, endpoint.url)
    assert ask_one(tmp_path, endpoint.url) == first
    assert len(endpoint.keys) == 1


@pytest.mark.parametrize("answer", FOREIGN.values(), ids=FOREIGN)
def test_an_endpoint_that_is_another_is_told_from_one(
    endpoint: Endpoint, tmp_path: Path, answer: bytes
) -> None:
    endpoint.respond(200, answer, "text/html" if answer.startswith(b"<") else "application/json")
    with pytest.raises(Unavailable) as caught:
        ask_one(tmp_path, endpoint.url)
    assert isinstance(caught.value.of_all("here"), Fatal)
    assert not list((tmp_path / "replies").rglob("*.json"))


def test_an_endpoint_that_counts_nothing_is_warned_of_once(
    endpoint: Endpoint, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint.respond(200, body(usage=None))

    async def run() -> None:
        with ReplyStore(tmp_path) as store:
            async with LiveApi(store, Budget(store, FREE, None), 2, to(endpoint)) as api:
                await gather_all([api.answer(question) for question in QUESTIONS[:4]])

    asyncio.run(run())
    [line] = [line for line in caplog.messages if "how many tokens" in line]
    assert line.endswith("counted as free of charge")


def to(endpoint: Endpoint) -> Connection:
    return Connection(base_url=endpoint.url, max_retries=0)


def test_a_damaged_reply_is_one_questions_trouble(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.respond(200, body())
    ask_one(tmp_path, endpoint.url)
    [path] = tmp_path.rglob("*.json")
    path.write_bytes(b"{")
    with pytest.raises(Refused, match="is damaged: remove it to ask again"):
        ask_one(tmp_path, endpoint.url)
    assert len(endpoint.keys) == 1


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
def test_whether_others_were_answered_is_known(
    endpoint: Endpoint, tmp_path: Path, status: int
) -> None:
    async def run() -> tuple[bool, bool, bool]:
        with ReplyStore(tmp_path) as store:
            async with LiveApi(store, Budget(store, FREE, None), 2, to(endpoint)) as api:
                endpoint.respond(status, error_body("api_error", "no"))
                with pytest.raises(Unavailable) as caught:
                    await api.answer(QUESTION)
                before = api.answered_others(caught.value)
                endpoint.respond(200, body())
                await api.answer(QUESTIONS[0])
                after = api.answered_others(caught.value)
                endpoint.respond(status, error_body("api_error", "no"))
                with pytest.raises(Unavailable) as caught:
                    await api.answer(QUESTION)
                return before, after, api.answered_others(caught.value)

    # An answer from before the failure says nothing about the time since.
    assert asyncio.run(run()) == (False, True, False)


def test_answers_of_other_jobs_are_seen_in_the_store(endpoint: Endpoint, tmp_path: Path) -> None:
    async def run() -> bool:
        with ReplyStore(tmp_path) as store:
            async with LiveApi(store, Budget(store, FREE, None), 2, to(endpoint)) as api:
                endpoint.respond(500, error_body("api_error", "no"))
                with pytest.raises(Unavailable) as caught:
                    await api.answer(QUESTION)
                assert not api.answered_others(caught.value)
                store.put("ab" * 32, Reply("…", "end_turn", MODEL, {}))
                later = (caught.value.since or 0.0) + 60
                os.utime(tmp_path / "ab", (later, later))
                return api.answered_others(caught.value)

    assert asyncio.run(run())


@pytest.mark.parametrize("in_flight", [1, 2, 5])
def test_a_server_that_answers_nobody_is_not_asked_for_ever(
    endpoint: Endpoint, tmp_path: Path, in_flight: int
) -> None:
    endpoint.respond(500, error_body("api_error", "no"))

    async def run() -> list[BaseException | tuple[Reply, bool]]:
        with ReplyStore(tmp_path) as store:
            async with LiveApi(store, Budget(store, FREE, None), in_flight, to(endpoint)) as api:
                asked = [api.answer(question) for question in QUESTIONS]
                return await asyncio.gather(*asked, return_exceptions=True)

    failures = asyncio.run(run())
    assert all(isinstance(failure, Unavailable) for failure in failures)
    assert len(endpoint.keys) <= 2 * max(in_flight, 2)
