"""A limit in US dollars that holds over all jobs at once.

The money spent is what the store's replies cost. The money in flight is the most that questions
under way can cost: each process publishes its own sum (see `store.in_flight`), and submitted
message batches count until they are collected. A question is sent only if the limit leaves room
for it beside both.

What nobody received is not counted: an answer that was under way when its process was killed.
"""

import asyncio
import contextlib
import logging
import math
from collections.abc import AsyncIterator, Iterator, Sequence

from subtasks.cost import tokens
from subtasks.cost.prices import Prices, format_usd
from subtasks.cost.spending import Spending
from subtasks.errors import Fatal
from subtasks.questions.question import Question
from subtasks.store.batch_ledger import BatchLedger
from subtasks.store.in_flight import InFlight
from subtasks.store.replies import ReplyStore

POLL_SECONDS = 0.5

log = logging.getLogger("subtasks")


def max_cost(question: Question, prices: Prices, *, batch: bool) -> float | None:
    """Return the most a question can cost in US dollars, or None if its model has no price."""
    usage = {
        # As if all of it were written to the cache, which costs the most.
        "cache_creation_input_tokens": tokens.max_of_question(
            question, prices.capacity(question.model)
        ),
        "output_tokens": question.max_tokens,
    }
    return prices.cost(question.model, usage, batch=batch)


class Budget:
    """Lets questions pass while there is money left; without a limit, all of them."""

    def __init__(self, store: ReplyStore, prices: Prices, limit: float | None) -> None:
        self._store = store
        self._prices = prices
        self._limit = limit
        self._spending = Spending(store.folder, prices)
        self._ledger = BatchLedger(store.folder)
        self._in_flight = InFlight(store)
        self._reserved: list[float] = []
        self._queue = asyncio.Lock()
        self._has_logged_wait = False

    @contextlib.asynccontextmanager
    async def room_for(self, question: Question) -> AsyncIterator[None]:
        """Reserve the most a question can cost for as long as it is under way.

        Waits while the reservations of others, which may turn out cheaper, leave no room. Raises
        `Fatal` if the money is used up, or reserved by message batches, since nobody collects
        those while asking live.
        """
        if self._limit is None:
            yield
            return
        costs = self._max_costs([question], batch=False)
        # One question at a time asks for room until there is some; the others queue.
        async with self._queue:
            while not self._reserve(costs, self._limit, collects=False):
                if not self._has_logged_wait:
                    log.info(
                        "close to the budget limit: waiting for open requests before sending more"
                    )
                    self._has_logged_wait = True
                await asyncio.sleep(POLL_SECONDS)
        try:
            yield
        finally:
            self._release(costs)

    @contextlib.contextmanager
    def room_in_batch(self, questions: Sequence[Question]) -> Iterator[tuple[int, float]]:
        """Reserve the most a batch can cost that holds as many of the questions as there is room.

        Yields their number and that cost in US dollars. The number is 0 if what others have
        reserved leaves no room; collecting batches makes some. Raises `Fatal` if the money is
        used up.
        """
        if self._limit is None:
            yield len(questions), 0.0
            return
        costs = self._max_costs(questions, batch=True)
        reserved = costs[: self._reserve(costs, self._limit, collects=True)]
        try:
            yield len(reserved), math.fsum(reserved)
        finally:
            self._release(reserved)

    def close(self) -> None:
        """Withdraw all reservations."""
        self._in_flight.close()

    def _max_costs(self, questions: Sequence[Question], *, batch: bool) -> list[float]:
        costs = []
        for question in questions:
            cost = max_cost(question, self._prices, batch=batch)
            if cost is None:
                raise Fatal(
                    f"{question.model} has no price: add it to claude.prices or leave "
                    "claude.budget_usd empty"
                )
            costs.append(cost)
        return costs

    def _reserve(self, costs: Sequence[float], limit: float, *, collects: bool) -> int:
        """Reserve the first of the costs, as many as there is room for, and return their number.

        `collects` says whether the caller collects batches if those leave no room.
        """
        # Reading a large store takes a while; under the lock, only what is new is read.
        self._spending.dollars()
        with self._store.locked():
            # In this order, a batch that is collected meanwhile is counted twice rather than
            # missed.
            sent = [*self._reserved, *self._in_flight.others()]
            batches = self._ledger.under_way()
            spent = self._spending.dollars()
            in_flight = math.fsum([*sent, *(batch.bound_usd for batch in batches)])
            count, total = 0, spent + in_flight
            while count < len(costs) and total + costs[count] <= limit:
                total += costs[count]
                count += 1
            if count:
                self._reserved += costs[:count]
                self._in_flight.write(math.fsum(self._reserved))
            elif not in_flight:
                raise Fatal(
                    f"the budget of {format_usd(limit)} is used up: {format_usd(spent)} is spent "
                    f"and the next question may cost {format_usd(costs[0])}; raise "
                    "claude.budget_usd to go on"
                )
            elif not (sent or collects):
                files = ", ".join(str(self._ledger.folder / batch.name) for batch in batches)
                raise Fatal(
                    f"the budget of {format_usd(limit)} is reserved by message batches that have "
                    f"not been collected ({files}): run with claude.api: batch to collect them, "
                    "or raise claude.budget_usd"
                )
        return count

    def _release(self, costs: Sequence[float]) -> None:
        for cost in costs:
            self._reserved.remove(cost)
        if self._in_flight.is_published:
            with self._store.locked():
                self._in_flight.write(math.fsum(self._reserved))
