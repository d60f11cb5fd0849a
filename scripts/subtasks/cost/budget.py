"""A limit on dollars that holds over all jobs at once.

Spent is what the store's replies cost. In flight is what questions that were sent may cost at
the most: each process keeps its own sum in a file that it holds locked, so that the sum of a
process that is gone no longer counts; batches that were submitted stand in the store and count
until they are collected. A question is only sent when both together leave room for it.

What nobody received is not counted: an answer that was under way when its process was killed.
"""

import asyncio
import contextlib
import fcntl
import logging
import math
import os
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence

from subtasks.cost import tokens
from subtasks.cost.prices import Prices, format_usd
from subtasks.cost.spending import Spending
from subtasks.errors import Problem
from subtasks.questions.question import Question
from subtasks.store.batch_ledger import BatchLedger
from subtasks.store.replies import ReplyStore

POLL_SECONDS = 0.5

log = logging.getLogger("subtasks")


def bound(question: Question, prices: Prices, *, batch: bool) -> float | None:
    """The most a question can cost in US dollars, None where the model has no price."""
    usage = {
        # As if all of it were written to the cache, which is what costs the most.
        "cache_creation_input_tokens": tokens.most(question, prices.capacity(question.model)),
        "output_tokens": question.max_tokens,
    }
    return prices.cost(question.model, usage, batch=batch)


class Budget:
    """Lets questions pass while there is money left; without a limit, all of them."""

    def __init__(self, store: ReplyStore, prices: Prices, limit: float | None) -> None:
        self._store = store
        self._prices = prices
        self._limit = limit
        self._spent = Spending(store.folder, prices)
        self._ledger = BatchLedger(store.folder)
        self._told = False
        self._held: list[float] = []
        self._turn = asyncio.Lock()
        self._folder = store.folder / "in_flight"
        self._path = self._folder / uuid.uuid4().hex
        self._file: int | None = None

    @contextlib.asynccontextmanager
    async def room_for(self, question: Question) -> AsyncIterator[None]:
        """Hold back what the question may cost while it is under way.

        Waits while others are under way and may turn out cheaper; raises `Problem` when the
        money is used up, or held by message batches, which nobody collects while asking live.
        """
        if self._limit is None:
            yield
            return
        bounds = self._bounds([question], batch=False)
        # Who comes first asks for room until there is some; the others stand in line.
        async with self._turn:
            while not self._hold(bounds, collects=False):
                if not self._told:
                    log.info("near the limit of the budget: waiting for what is under way")
                    self._told = True
                await asyncio.sleep(POLL_SECONDS)
        try:
            yield
        finally:
            self._release(bounds)

    @contextlib.contextmanager
    def room_in_batch(self, questions: Sequence[Question]) -> Iterator[tuple[int, float]]:
        """Hold back what a batch of as many questions as there is room for may cost.

        Gives their number and the sum. The number is 0 where others that are under way leave
        no room, and who collects batches makes some; raises `Problem` when the money is used up.
        """
        if self._limit is None:
            yield len(questions), 0.0
            return
        bounds = self._bounds(questions, batch=True)
        held = bounds[: self._hold(bounds, collects=True)]
        try:
            yield len(held), math.fsum(held)
        finally:
            self._release(held)

    def close(self) -> None:
        """Hold nothing back any more."""
        if self._file is not None:
            self._path.unlink(missing_ok=True)
            os.close(self._file)
            self._file = None

    def _bounds(self, questions: Sequence[Question], *, batch: bool) -> list[float]:
        bounds = []
        for question in questions:
            most = bound(question, self._prices, batch=batch)
            if most is None:
                raise Problem(
                    f"{question.model} has no price: add it to claude.prices or leave "
                    "claude.budget_usd empty"
                )
            bounds.append(most)
        return bounds

    def _hold(self, bounds: Sequence[float], *, collects: bool) -> int:
        """Hold back the first of the bounds, as many as there is room for; their number.

        `collects` says whether the caller collects batches where they leave no room.
        """
        # Reading a large store takes a while, and only what is new is read once more below.
        self._spent.dollars()
        with self._store.alone():
            # In this order: a batch that is collected meanwhile counts twice, and not never.
            asking = [*self._held, *self._others()]
            ordered = self._ledger.under_way()
            spent = self._spent.dollars()
            in_flight = math.fsum([*asking, *(each.bound_usd for each in ordered)])
            count, after = 0, spent + in_flight
            while count < len(bounds) and after + bounds[count] <= self._limit:
                after += bounds[count]
                count += 1
            if count:
                self._held += bounds[:count]
                self._write()
            elif not in_flight:
                raise Problem(
                    f"the budget of {format_usd(self._limit)} is used up: {format_usd(spent)} is "
                    f"spent and the next question may cost {format_usd(bounds[0])}; raise "
                    "claude.budget_usd to go on"
                )
            elif not (asking or collects):
                files = ", ".join(str(self._ledger.folder / each.name) for each in ordered)
                raise Problem(
                    f"the budget of {format_usd(self._limit)} leaves no room beside message "
                    f"batches that are not collected ({files}): run with claude.api: batch to "
                    "collect them, or raise claude.budget_usd"
                )
        return count

    def _release(self, bounds: Sequence[float]) -> None:
        for each in bounds:
            self._held.remove(each)
        if self._file is not None:
            with self._store.alone():
                self._write()

    def _write(self) -> None:
        if self._file is None:
            self._folder.mkdir(exist_ok=True)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX)
            except OSError:
                raise Problem(
                    f"{self._folder} lies on a file system without locks, which a budget needs: "
                    "put replies elsewhere or leave claude.budget_usd empty"
                ) from None
        os.pwrite(self._file, f"{math.fsum(self._held):20.6f}".encode(), 0)

    def _others(self) -> Iterator[float]:
        for path in self._folder.glob("*"):
            if path == self._path:
                continue
            with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except (BlockingIOError, PermissionError):
                    yield float(file.read() or 0)
                else:
                    path.unlink()  # its process is gone
