"""When a session makes its client, and what is left when it ends."""

import asyncio
from pathlib import Path

import pytest

from subtasks.api.connection import Connection
from subtasks.api.session import ApiSession
from subtasks.cost.budget import Budget
from subtasks.cost.prices import Prices
from subtasks.errors import Fatal
from subtasks.questions.question import Question
from subtasks.store.replies import ReplyStore
from support.fixed_endpoint import MODEL, SECRET

PRICES = Prices("2026-09-30", {MODEL: (5.0, 25.0)}, 0.5, 1.25, 0.1)


def test_a_client_is_made_once_and_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)

    async def run() -> bool:
        with ReplyStore(tmp_path) as store:
            async with ApiSession(store, Budget(store, PRICES, None), Connection()) as session:
                client = session.client()
                assert session.client() is client
                assert not client.is_closed()
            return client.is_closed()

    assert asyncio.run(run())


def test_a_key_is_needed_for_the_client_alone(tmp_path: Path) -> None:
    async def run() -> None:
        with ReplyStore(tmp_path) as store:
            async with ApiSession(store, Budget(store, PRICES, None), Connection()) as session:
                with pytest.raises(Fatal, match="there is no key"):
                    session.client()

    asyncio.run(run())


def test_what_was_reserved_is_withdrawn(tmp_path: Path) -> None:
    question = Question(MODEL, 256, None, None, ("What is a robot?",))

    async def run() -> None:
        with ReplyStore(tmp_path) as store:
            budget = Budget(store, PRICES, 10.0)
            async with ApiSession(store, budget, Connection()), budget.room_for(question):
                assert list(tmp_path.glob("in_flight/*"))
            assert not list(tmp_path.glob("in_flight/*"))

    asyncio.run(run())
