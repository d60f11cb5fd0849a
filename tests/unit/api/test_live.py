"""Asking live through the real SDK: what ends a run, and what is not asked."""

import asyncio
import errno
import math
from pathlib import Path

import pytest

from servers.claude import ClaudeServer, HalfAnswer
from subtasks.api.batches import BatchApi
from subtasks.api.connection import Connection
from subtasks.api.live import LiveApi, gather_all
from subtasks.cost.budget import Budget
from subtasks.cost.prices import Prices
from subtasks.errors import Problem
from subtasks.questions.question import Question
from subtasks.questions.reply import Reply
from subtasks.store.replies import ReplyStore
from support.fixed_endpoint import ask as ask_one

MODEL = "claude-opus-4-7"
FREE = Prices("2026-09-30", {}, 0.5, 1.25, 0.1)
QUESTIONS = [Question(MODEL, 256, None, None, (f"What is {number}?",)) for number in range(40)]
IN_FLIGHT = 2


class FullStore(ReplyStore):
    """A store on a disk without room."""

    def put(self, key: str, reply: Reply, body: str = "") -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> ClaudeServer:
    server = ClaudeServer(latency=0.1, batch_seconds=math.inf)
    monkeypatch.setenv("ANTHROPIC_API_KEY", server.key)
    return server


def connection(server: ClaudeServer) -> Connection:
    return Connection(base_url=server.url, max_retries=0)


def ask(server: ClaudeServer, store: ReplyStore, questions: list[Question] = QUESTIONS) -> None:
    async def run() -> None:
        budget = Budget(store, FREE, None)
        async with LiveApi(store, budget, IN_FLIGHT, connection(server)) as api:
            await gather_all([api.answer(question) for question in questions])

    asyncio.run(run())


def test_a_full_disk_ends_a_run(server: ClaudeServer, tmp_path: Path) -> None:
    """Answers that cannot be kept are not paid for."""
    with server, FullStore(tmp_path) as store:
        with pytest.raises(OSError, match="No space left"):
            ask(server, store)
        assert len(server.answered) <= IN_FLIGHT


def test_what_a_batch_has_under_way_is_not_asked(server: ClaudeServer, tmp_path: Path) -> None:
    ordered, others = QUESTIONS[:3], QUESTIONS[3:6]

    async def submit(store: ReplyStore) -> None:
        async with BatchApi(store, Budget(store, FREE, None), 0.05, connection(server)) as api:
            await api.submit(ordered)

    with server, ReplyStore(tmp_path) as store:
        asyncio.run(submit(store))
        [batch] = server.batches.ids
        ask(server, store, others)
        with pytest.raises(Problem, match=rf"{batch}\.json.*claude\.api: batch"):
            ask(server, store, ordered)
        assert len(server.answered) == len(others)
        (tmp_path / f"batches/{batch}.json").unlink()
        ask(server, store, ordered)
        assert len(server.answered) == len(ordered) + len(others)


def test_half_an_answer_is_asked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ClaudeServer(faults=[HalfAnswer()]) as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY", server.key)
        assert ask_one(tmp_path, server.url, retries=1).text
        assert [record.status for record in server.requests] == [200, 200]
