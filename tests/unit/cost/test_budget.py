"""The budget: kept over many processes at once, and whatever becomes of them."""

import asyncio
import io
import json
import multiprocessing
import os
import random
import signal
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from servers.claude import refusals
from servers.claude.tokens import PromptCache
from subtasks import files
from subtasks.cost import prices
from subtasks.cost.budget import Budget, max_cost
from subtasks.cost.spending import Spending
from subtasks.errors import Fatal, Problem
from subtasks.questions.guidance import Guidance
from subtasks.questions.question import Jpeg, Question
from subtasks.questions.reply import Reply
from subtasks.store.batch_ledger import BatchLedger, Record
from subtasks.store.replies import ReplyStore
from support.waiting import wait_until
from support.workflow import PROJECT

PRICES = prices.read(PROJECT / "config/prices.yaml")
MODEL = "claude-opus-4-7"
PROCESSES = 4
SCHEMA = Guidance().subtasks_schema()


def question(text: str, max_tokens: int = 1000) -> Question:
    return Question(MODEL, max_tokens, None, SCHEMA, (text,))


def reply(output: int = 400, *, batch: bool = False, model: str = MODEL) -> Reply:
    return Reply("[…]", "end_turn", model, {"input_tokens": 50, "output_tokens": output}, batch)


def cost(each: Reply) -> float:
    found = PRICES.cost(each.model, each.usage, batch=each.batch)
    assert found is not None
    return found


# the most one question can cost ------------------------------------------------------------


@lru_cache
def jpeg(width: int, height: int) -> Jpeg:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height)).save(buffer, "JPEG")
    return Jpeg(buffer.getvalue(), width, height)


SIDES = st.sampled_from([1, 27, 28, 29, 64, 224, 640, 1120, 1568, 2000])
TEXTS = st.text(min_size=1, max_size=300).filter(str.strip)
LABELS = st.lists(st.text(min_size=1, max_size=40), max_size=30, unique=True)


@given(
    model=st.sampled_from(sorted(PRICES.models)),
    content=st.lists(TEXTS | st.builds(jpeg, SIDES, SIDES), min_size=1, max_size=12),
    vocabulary=LABELS,
    max_tokens=st.integers(1, 128_000),
    batch=st.booleans(),
    data=st.data(),
)
@settings(max_examples=150)
def test_no_question_costs_more_than_its_maximum(
    model: str,
    content: list[str | Jpeg],
    vocabulary: list[str],
    max_tokens: int,
    batch: bool,
    data: Any,
) -> None:
    """Held against what the server charges, with the longest answer and all of it cached."""
    cached = data.draw(st.integers(0, len(content)))
    schema = Guidance(vocabulary=tuple(vocabulary)).subtasks_schema()
    asked = Question(model, max_tokens, None, schema, tuple(content), cached)
    read = refusals.read(asked.request(cache=True))
    charged = PromptCache().usage(read).report(max_tokens, "standard")
    most = max_cost(asked, PRICES, batch=batch)
    found = PRICES.cost(model, charged, batch=batch)
    assert most is not None
    assert found is not None
    assert found <= most


# many processes -----------------------------------------------------------------------------


def work(folder: Path, limit: float, seed: int) -> None:
    """Ask until the money is used up, several questions at a time."""
    dice = random.Random(seed)

    async def one(store: ReplyStore, budget: Budget, number: int) -> None:
        asked = question(f"{seed} {number}", dice.randint(100, 2000))
        async with budget.room_for(asked):
            await asyncio.sleep(dice.uniform(0, 0.05))
            store.put(asked.key, reply(dice.randint(0, asked.max_tokens)))

    async def main() -> None:
        with ReplyStore(folder) as store:
            budget = Budget(store, PRICES, limit)
            numbers = range(1000)
            try:
                for first in numbers[::5]:
                    await asyncio.gather(*(one(store, budget, first + i) for i in range(5)))
            except Problem:
                pass
            finally:
                await asyncio.sleep(0.1)
                budget.close()

    asyncio.run(main())


def spent(folder: Path) -> float:
    return Spending(folder, PRICES).dollars()


def test_many_processes_never_pass_the_limit_and_come_close_to_it(tmp_path: Path) -> None:
    fork = multiprocessing.get_context("fork")
    limit = 1.0
    jobs = [fork.Process(target=work, args=(tmp_path, limit, seed)) for seed in range(PROCESSES)]
    for job in jobs:
        job.start()
    while any(job.is_alive() for job in jobs):
        assert spent(tmp_path) <= limit
        time.sleep(0.05)
    largest = max_cost(question("9 999", 2000), PRICES, batch=False)
    assert largest is not None
    assert limit - largest <= spent(tmp_path) <= limit
    assert not list((tmp_path / "in_flight").iterdir())


def test_what_a_killed_process_held_back_is_free_again(tmp_path: Path) -> None:
    fork = multiprocessing.get_context("fork")

    def hold() -> None:
        async def main() -> None:
            with ReplyStore(tmp_path) as store:
                async with Budget(store, PRICES, 0.1).room_for(question("held", 3000)):
                    (tmp_path / "holds").touch()
                    await asyncio.sleep(60)

        asyncio.run(main())

    job = fork.Process(target=hold)
    job.start()
    wait_until((tmp_path / "holds").exists)

    async def ask() -> None:
        with ReplyStore(tmp_path) as store:
            budget = Budget(store, PRICES, 0.1)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1), budget.room_for(question("mine", 3000)):
                    pass
            assert job.pid is not None
            os.kill(job.pid, signal.SIGKILL)
            job.join()
            async with asyncio.timeout(5), budget.room_for(question("mine", 3000)):
                pass
            budget.close()

    asyncio.run(ask())


# one process --------------------------------------------------------------------------------


def test_a_budget_that_is_used_up_is_reported_and_a_higher_one_goes_on(tmp_path: Path) -> None:
    async def main() -> None:
        with ReplyStore(tmp_path) as store:
            for number in range(9):
                store.put(f"{number:064d}", reply())
            # Amounts whose sum leaves a rest of 10⁻¹⁷ when all are taken away again.
            budget = Budget(store, PRICES, 9 * cost(reply()) + 0.2)
            async with budget.room_for(question("a", 1000)), budget.room_for(question("bb", 2000)):
                pass
            with pytest.raises(Fatal, match=r"budget of \$0\.29.* is used up: \$0\.09.* is spent"):
                async with asyncio.timeout(5), budget.room_for(question("c", 9000)):
                    pass
            budget.close()
            more = Budget(store, PRICES, 1.0)
            async with asyncio.timeout(5), more.room_for(question("c", 9000)):
                pass
            more.close()

    asyncio.run(main())


def test_a_batch_gets_the_room_there_is_and_holds_it_until_it_is_collected(tmp_path: Path) -> None:
    asked = [question(f"question {i:02d}") for i in range(20)]
    each = max_cost(asked[0], PRICES, batch=True)
    assert each is not None
    with ReplyStore(tmp_path) as store:
        budget = Budget(store, PRICES, 10.5 * each)
        with budget.room_in_batch(asked) as (count, dollars):
            assert count == 10
            assert dollars == pytest.approx(10 * each)
            with budget.room_in_batch(asked[10:]) as nothing:
                assert nothing == (0, 0.0)
        record = tmp_path / "batches/msgbatch_1.json"
        record.parent.mkdir()
        record.write_text(json.dumps({"keys": [], "bound_usd": 8 * each}))
        with budget.room_in_batch(asked) as (count, _):
            assert count == 2
        record.rename(record.with_name("msgbatch_1.collected.json"))
        with budget.room_in_batch(asked) as (count, _):
            assert count == 10
        budget.close()


def test_a_batch_that_is_collected_meanwhile_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its collector stores the replies and closes its record while another job sums up."""
    costly = reply(10_000, batch=True)
    record = Record("msgbatch_1", frozenset(), cost(costly))
    files.write_json(tmp_path / "batches/msgbatch_1.json", {"keys": [], "bound_usd": cost(costly)})
    sum_up, sums = Spending.dollars, []

    def dollars(spent: Spending) -> float:
        sums.append(sum_up(spent))
        if len(sums) == 2:  # the first is only there to be quick now
            store.put("ab" * 32, costly)
            BatchLedger(tmp_path).close(record, {})
        return sums[-1]

    monkeypatch.setattr(Spending, "dollars", dollars)
    with ReplyStore(tmp_path) as store:
        budget = Budget(store, PRICES, 1.01 * cost(costly))
        with budget.room_in_batch([question("next")]) as (count, _):
            assert count == 0


@pytest.mark.parametrize("name", ["msgbatch_1.json", "intent-1.json"])
def test_batches_that_nobody_collects_are_not_waited_for(tmp_path: Path, name: str) -> None:
    record = tmp_path / "batches" / name
    record.parent.mkdir()
    record.write_text(json.dumps({"keys": [], "bound_usd": 0.99, "time": 0}))

    async def main() -> None:
        with ReplyStore(tmp_path) as store:
            budget = Budget(store, PRICES, 1.0)
            with pytest.raises(Problem, match=rf"{name}.*claude\.api: batch to collect"):
                async with asyncio.timeout(5), budget.room_for(question("a")):
                    pass
            with budget.room_in_batch([question("a")]) as (count, _):
                assert count == 0

    asyncio.run(main())


def test_waiting_for_room_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "subtasks")

    async def main() -> None:
        with ReplyStore(tmp_path) as store:
            budget = Budget(store, PRICES, 1.5 * most)

            async def ask() -> None:
                async with budget.room_for(question("a")):
                    await asyncio.sleep(0.01)

            await asyncio.gather(*(ask() for _ in range(3)))
            budget.close()

    most = max_cost(question("a"), PRICES, batch=False)
    asyncio.run(main())
    assert caplog.messages == [
        "close to the budget limit: waiting for open requests before sending more"
    ]


def test_without_a_limit_nothing_is_held_back_and_no_price_is_needed(tmp_path: Path) -> None:
    async def main() -> None:
        with ReplyStore(tmp_path) as store:
            budget = Budget(store, PRICES, None)
            unknown = Question("claude-unknown", 10, None, None, ("?",))
            async with budget.room_for(unknown):
                pass
            with budget.room_in_batch([unknown] * 3) as (count, _):
                assert count == 3
            limited = Budget(store, PRICES, 1.0)
            with pytest.raises(Problem, match="claude-unknown has no price"):
                async with limited.room_for(unknown):
                    pass

    asyncio.run(main())
    assert not (tmp_path / "in_flight").exists()
