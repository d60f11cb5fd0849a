"""Submitting message batches, each exactly once.

A connection that breaks, or a process that is killed, leaves it unclear whether a batch has
arrived. Sending it again would pay for it twice. So the ledger notes a batch before it is sent,
and whoever cannot know looks for it in the API's list of batches before sending anything again.
That list shows the batches of one workspace only: with another key or endpoint, a batch that is not
in it may have arrived all the same.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from subtasks.api import batch_origins
from subtasks.api.batch_responses import (
    UNREADABLE,
    as_api_problem,
    as_problem,
    check,
    checked,
    size,
)
from subtasks.api.client import REQUEST_TIMEOUT_SECONDS
from subtasks.api.errors import not_the_claude_api
from subtasks.api.redaction import quote
from subtasks.cost.budget import Budget
from subtasks.errors import Problem
from subtasks.questions.question import Question
from subtasks.store.batch_ledger import BatchLedger, Intent, Record
from subtasks.wording import counted

if TYPE_CHECKING:
    import anthropic

# How long the API may take to list a batch after the connection to its sender broke.
ARRIVAL_SECONDS = 30.0
LIST_POLL_SECONDS = 1.0
CLOCK_SKEW_SECONDS = 300.0
# Statuses with which the API certainly has not accepted a batch, but may later.
NOT_NOW = (408, 409, 429, 529)
TOO_LARGE = 413

log = logging.getLogger("subtasks")


class BatchSender:
    """Sends batches through the SDK's client, which `client` returns.

    A submission that fails is sent again up to `max_retries` times. `asker` names the job that
    submits.
    """

    def __init__(
        self,
        ledger: BatchLedger,
        budget: Budget,
        client: Callable[[], Any],
        max_retries: int,
        asker: str = "",
    ) -> None:
        self._ledger = ledger
        self._budget = budget
        self._client = client
        self._max_retries = max_retries
        self._asker = asker

    async def recover(self) -> list[Intent]:
        """Find the batches of runs that were stopped while they submitted.

        Returns those that may have arrived where they cannot be looked for from here.
        """
        unclear = []
        for intent in self._ledger.intents():
            here = batch_origins.origin_of(self._client(), self._asker)
            is_known = bool(intent.origin.endpoint)
            if is_known and not batch_origins.is_same_place(intent.origin, here):
                unclear.append(intent)
                continue
            log.info("looking for the batch of a run that was stopped while it submitted")
            sent_by = min(time.time(), intent.time + REQUEST_TIMEOUT_SECONDS)
            if await self._has_arrived(intent, sent_by):
                continue
            if is_known:
                self._ledger.drop(intent)
            else:
                unclear.append(intent)
        return unclear

    async def look_again(self, batch: Record) -> None:
        """Note the other batches that may be the one for which a stranger's was taken."""
        if batch_ids := await self._candidates(batch):
            log.info("batch %s may be the one that was looked for", ", ".join(batch_ids))
            self._ledger.note_others(batch, *batch_ids)

    async def send(self, questions: Sequence[Question]) -> int:
        """Send as many of the questions as the budget has room for, and return their number.

        Raises `Problem` if the batch cannot be submitted.
        """
        with self._budget.room_in_batch(questions) as (count, bound_usd):
            if count:
                sent = questions[:count]
                origin = batch_origins.origin_of(self._client(), self._asker)
                intent = self._ledger.intend([each.key for each in sent], bound_usd, origin)
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
            latest = _LatestStatus()
            try:
                client = self._client().with_middleware(latest.repeat_only_rejected)
                batch = await checked(client.messages.batches.create(requests=requests))
            except Problem:
                if latest.status in NOT_NOW:
                    self._ledger.drop(intent)
                raise
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
                if getattr(error, "status_code", None) == TOO_LARGE:
                    raise _too_large(len(requests), error)
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
                self._ledger.may_be(intent, *batch_ids)
                log.info("batch %s has arrived", ", ".join(batch_ids))
                return True
            if time.time() >= sent_by + ARRIVAL_SECONDS:
                return False
            await asyncio.sleep(LIST_POLL_SECONDS)

    async def _candidates(self, wanted: Intent | Record) -> list[str]:
        """Return the ids of unknown batches of the wanted size that are not too old."""
        known = self._ledger.known()
        found = []
        with as_api_problem():
            try:
                page = await self._client().messages.batches.list(limit=100)
                if not isinstance(getattr(page, "data", None), list):
                    raise not_the_claude_api()
                async for batch in page:
                    check(batch)
                    if batch.created_at.timestamp() < wanted.origin.time - CLOCK_SKEW_SECONDS:
                        break
                    if batch.id not in known and size(batch) == len(wanted.keys):
                        found.append(batch.id)
            except UNREADABLE:
                raise not_the_claude_api() from None
        return found


class _Unclear(Exception):
    """An error that leaves it unclear whether a request has arrived; the SDK does not retry it."""

    def __init__(self, error: "anthropic.APIConnectionError") -> None:
        super().__init__(str(error))
        self.error = error


class _LatestStatus:
    """The status of the latest response to a submission; None if there was none."""

    def __init__(self) -> None:
        self.status: int | None = None

    async def repeat_only_rejected(
        self, request: "anthropic.APIRequest", call_next: "anthropic.AsyncCallNext"
    ) -> "anthropic.AsyncAPIResponse[Any]":
        """Let the SDK send a submission again only if the API has certainly not accepted it."""
        import anthropic

        self.status = None
        try:
            response = await call_next(request)
        except anthropic.APIConnectionError as error:
            raise _Unclear(error) from None
        self.status = response.status_code
        if self.status not in NOT_NOW:
            response.headers["x-should-retry"] = "false"
        return response


def _may_have_arrived(error: "anthropic.APIError") -> bool:
    """Say whether a batch may have been accepted in spite of an error response."""
    status = getattr(error, "status_code", 500)
    return status >= 500 and status not in NOT_NOW


def _too_large(requests: int, error: "anthropic.APIError") -> Problem:
    return Problem(
        f"the endpoint takes no batch as large as this, of {counted(requests, 'question')} "
        f"({TOO_LARGE}: {quote(error.message)}): lower claude.batch.episodes"
    )
