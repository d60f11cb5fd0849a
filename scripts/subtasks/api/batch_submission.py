"""Submitting message batches, each exactly once.

A connection that breaks, or a process that is killed, leaves it unclear whether a batch has
arrived. Sending it again would pay for it twice. So the ledger notes a batch before it is sent,
and whoever cannot know looks for it in the API's list of batches before sending anything again.
"""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from subtasks.api.client import REQUEST_TIMEOUT_SECONDS
from subtasks.api.errors import classify_error, not_the_claude_api
from subtasks.cost.budget import Budget
from subtasks.errors import Problem
from subtasks.questions.question import Question
from subtasks.store.batch_ledger import BatchLedger, Intent

if TYPE_CHECKING:
    import anthropic
    from anthropic.types.messages import MessageBatch

# How long the API may take to list a batch after the connection to its sender broke.
ARRIVAL_SECONDS = 30.0
LIST_POLL_SECONDS = 1.0
CLOCK_SKEW_SECONDS = 300.0
# Statuses with which the API certainly has not accepted a batch, but may later.
NOT_NOW = (408, 409, 429, 529)

log = logging.getLogger("subtasks")


class BatchSender:
    """Sends batches through the SDK's client, which `client` returns.

    A submission that fails is sent again up to `max_retries` times.
    """

    def __init__(
        self, ledger: BatchLedger, budget: Budget, client: Callable[[], Any], max_retries: int
    ) -> None:
        self._ledger = ledger
        self._budget = budget
        self._client = client
        self._max_retries = max_retries

    async def recover(self) -> None:
        """Find the batches of runs that were stopped while they submitted."""
        for intent in self._ledger.intents():
            log.info("looking for the batch of a run that was stopped while it submitted")
            sent_by = min(time.time(), intent.time + REQUEST_TIMEOUT_SECONDS)
            if not await self._has_arrived(intent, sent_by):
                self._ledger.drop(intent)

    async def send(self, questions: Sequence[Question]) -> int:
        """Send as many of the questions as the budget has room for, and return their number.

        Raises `Problem` if the batch cannot be submitted.
        """
        with self._budget.room_in_batch(questions) as (count, bound_usd):
            if count:
                sent = questions[:count]
                intent = self._ledger.intend([question.key for question in sent], bound_usd)
                await self._submit(intent, sent)
        return count

    async def _submit(self, intent: Intent, questions: Sequence[Question]) -> None:
        import anthropic

        requests = [
            {"custom_id": question.key, "params": question.request(cache=False)}
            for question in questions
        ]
        failures = 0
        while True:
            error: anthropic.APIError
            try:
                client = self._client().with_middleware(_repeat_only_rejected)
                batch = await checked(client.messages.batches.create(requests=requests))
            except _Unclear as unclear:
                error, is_unclear = unclear.error, True
            except anthropic.APIError as failure:
                error, is_unclear = failure, _may_have_arrived(failure)
            else:
                self._ledger.submitted(intent, batch.id)
                log.info("batch %s: %d questions submitted", batch.id, len(questions))
                return
            failures += 1
            if is_unclear:
                log.warning(
                    "submitting failed (%s): checking whether the batch has arrived",
                    type(error).__name__,
                )
                if await self._has_arrived(intent, time.time()):
                    return
            if not is_unclear or failures > self._max_retries:
                self._ledger.drop(intent)
                raise as_problem(error, questions[0].model)

    async def _has_arrived(self, intent: Intent, sent_by: float) -> bool:
        """Look for the intended batch for as long as it may take to appear.

        `sent_by` is when it was sent at the latest (seconds since 1970).

        The API's list does not say what a batch asks, so every batch is noted that may be the
        one. What it turns out not to answer is asked again once it is collected.
        """
        while True:
            batch_ids = await self._candidates(intent)
            if batch_ids:
                self._ledger.submitted(intent, *batch_ids)
                log.info("batch %s has arrived", ", ".join(batch_ids))
                return True
            if time.time() >= sent_by + ARRIVAL_SECONDS:
                return False
            await asyncio.sleep(LIST_POLL_SECONDS)

    async def _candidates(self, intent: Intent) -> list[str]:
        """Return the ids of unknown batches of the intended size that are not too old."""
        known = self._ledger.known()
        found = []
        with as_api_problem():
            try:
                page = await self._client().messages.batches.list(limit=100)
            except AttributeError:  # the SDK's own, about JSON that is not an object
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


class _Unclear(Exception):
    """An error that leaves it unclear whether a request has arrived; the SDK does not retry it."""

    def __init__(self, error: "anthropic.APIConnectionError") -> None:
        super().__init__(str(error))
        self.error = error


async def _repeat_only_rejected(
    request: "anthropic.APIRequest", call_next: "anthropic.AsyncCallNext"
) -> "anthropic.AsyncAPIResponse[Any]":
    """Let the SDK send a submission again only if the API has certainly not accepted it."""
    import anthropic

    try:
        response = await call_next(request)
    except anthropic.APIConnectionError as error:
        raise _Unclear(error) from None
    if response.status_code not in NOT_NOW:
        response.headers["x-should-retry"] = "false"
    return response


def _may_have_arrived(error: "anthropic.APIError") -> bool:
    """Say whether a batch may have been accepted in spite of an error response."""
    status = getattr(error, "status_code", 500)
    return status >= 500 and status not in NOT_NOW


async def checked(request: Awaitable[Any]) -> "MessageBatch":
    """Wait for a batch. Raises `Fatal` if the endpoint sends anything else."""
    try:
        batch: MessageBatch = await request
    except json.JSONDecodeError:
        raise not_the_claude_api() from None
    _check(batch)
    return batch


def _check(batch: Any) -> None:
    # The SDK accepts whatever comes with a status of success.
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
    """Say what an error means for a whole batch."""
    meaning = classify_error(error, model)
    return meaning if isinstance(meaning, Problem) else Problem(f"a batch failed: {meaning}")


def _size(batch: "MessageBatch") -> int:
    """Count the requests of a batch."""
    counts = batch.request_counts
    ended = counts.succeeded + counts.errored + counts.expired + counts.canceled
    return counts.processing + ended
