"""Submitting message batches, each once and no more.

A connection that breaks, or a process that is killed, leaves open whether a batch has arrived.
Sending it again would pay for it twice. So what is going to be sent stands in the ledger first,
and who cannot know looks through the API's own list of batches before anything is sent again.
"""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from subtasks.api import client
from subtasks.api.errors import classify_error, not_the_claude_api
from subtasks.cost.budget import Budget
from subtasks.errors import Problem
from subtasks.questions.question import Question
from subtasks.store.batch_ledger import BatchLedger, Intent

if TYPE_CHECKING:
    import anthropic

# How long the API may take to list a batch after the connection to its sender broke.
ARRIVAL_SECONDS = 30.0
LOOK_SECONDS = 1.0
CLOCK_SKEW_SECONDS = 300.0
# Answers that say a batch was not accepted, and may be later.
NOT_NOW = (408, 409, 429, 529)
LONGEST_PAUSE_SECONDS = 60.0

log = logging.getLogger("subtasks")


class BatchSender:
    """Sends batches through `api`, which gives the SDK's client."""

    def __init__(
        self, ledger: BatchLedger, budget: Budget, api: Callable[[], Any], tries: int
    ) -> None:
        self._ledger = ledger
        self._budget = budget
        self._api = api
        self._tries = tries

    async def recover(self) -> None:
        """Find the batches of runs that were stopped while they submitted."""
        for intent in self._ledger.intents():
            log.info("a run was stopped while it submitted: looking for its batch")
            if not await self._arrived(intent):
                self._ledger.drop(intent)

    async def send(self, questions: Sequence[Question]) -> int:
        """Send as many of the questions as the budget has room for; their number."""
        with self._budget.room_in_batch(questions) as (count, bound_usd):
            if count:
                requests = [
                    {"custom_id": question.key, "params": question.request(cache=False)}
                    for question in questions[:count]
                ]
                intent = self._ledger.intend([each["custom_id"] for each in requests], bound_usd)
                await self._create(intent, requests, questions[0].model)
        return count

    async def _create(self, intent: Intent, requests: list[Any], model: str) -> None:
        import anthropic

        for failures in range(1, 1 + self._tries):
            try:
                # The SDK would send it again without looking.
                api = self._api().with_options(max_retries=0)
                batch = await checked(api.messages.batches.create(requests=requests))
                self._ledger.submitted(intent, batch.id)
                log.info("batch %s: %d questions submitted", batch.id, len(requests))
                return
            except anthropic.APIError as error:
                failure = error
            status = getattr(failure, "status_code", 500)
            if status < 500 and status not in NOT_NOW:
                break
            log.warning("submitting failed (%s)", type(failure).__name__)
            if status in NOT_NOW:
                await asyncio.sleep(_pause(failure, failures))
            elif await self._arrived(intent):
                return
        self._ledger.drop(intent)
        raise as_problem(failure, model)

    async def _arrived(self, intent: Intent) -> bool:
        """Look for the batch that was intended, as long as it may take to appear.

        A list of batches does not tell what they ask, so all are noted that may be the one:
        what a batch does not answer is asked anew when it is collected.
        """
        asked_until = intent.time + client.REQUEST_TIMEOUT_SECONDS
        until = min(time.time(), asked_until) + ARRIVAL_SECONDS
        while True:
            batches = await self._candidates(intent)
            if batches:
                self._ledger.submitted(intent, *batches)
                log.info("batch %s: had arrived", ", ".join(batches))
                return True
            if time.time() >= until:
                return False
            await asyncio.sleep(LOOK_SECONDS)

    async def _candidates(self, intent: Intent) -> list[str]:
        known = self._ledger.known()
        found = []
        with as_api_problem():
            try:
                page = await self._api().messages.batches.list(limit=100)
            except AttributeError:  # the SDK's own, about JSON that is no object
                raise not_the_claude_api() from None
            if not isinstance(getattr(page, "data", None), list):
                raise not_the_claude_api()
            async for batch in page:
                _check(batch)
                if batch.created_at.timestamp() < intent.time - CLOCK_SKEW_SECONDS:
                    break
                if batch.id not in known and _size(batch) == len(intent.keys):
                    found.append(batch.id)
        return found


async def checked(asked: Awaitable[Any]) -> "anthropic.types.messages.MessageBatch":
    """Wait for a batch; raises `Problem` where an endpoint sends something else."""
    try:
        batch = await asked
    except json.JSONDecodeError:
        raise not_the_claude_api() from None
    _check(batch)
    return batch


def _check(batch: Any) -> None:
    """Raise `Problem` where an endpoint sent something else than a batch."""
    # The SDK takes anything that comes with a status of success.
    expected = ("id", "created_at", "processing_status", "request_counts")
    if not all(getattr(batch, name, None) for name in expected):
        raise not_the_claude_api()


@contextlib.contextmanager
def as_api_problem(model: str = "") -> Iterator[None]:
    """Turn what the SDK raises about a whole batch into a `Problem`."""
    import anthropic

    try:
        yield
    except anthropic.APIError as error:
        raise as_problem(error, model) from None
    except json.JSONDecodeError:
        raise not_the_claude_api() from None


def as_problem(error: "anthropic.APIError", model: str) -> Problem:
    """Say what an error means that concerns a whole batch."""
    judged = classify_error(error, model)
    return judged if isinstance(judged, Problem) else Problem(f"a batch failed: {judged}")


def _size(batch: "anthropic.types.messages.MessageBatch") -> int:
    """Count the requests of a batch."""
    counts = batch.request_counts
    ended = counts.succeeded + counts.errored + counts.expired + counts.canceled
    return counts.processing + ended


def _pause(error: "anthropic.APIError", failures: int) -> float:
    """Seconds after a refusal, as the API asks or the longer the more there were."""
    try:
        asked = float(error.response.headers["retry-after"])
    except (KeyError, ValueError):
        asked = 2.0**failures
    return min(max(asked, 0.0), LONGEST_PAUSE_SECONDS)
