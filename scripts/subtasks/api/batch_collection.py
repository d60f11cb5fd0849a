"""Collecting a message batch: waiting until it has ended, and storing its replies."""

import asyncio
import contextlib
import hashlib
import json
import logging
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from subtasks import job_messages
from subtasks.api import batch_origins, batch_responses
from subtasks.api.batch_responses import UNREADABLE
from subtasks.api.batch_results import BrokenOff, read_line, split_lines
from subtasks.api.errors import error_message, not_the_claude_api
from subtasks.api.redaction import quote
from subtasks.errors import Problem
from subtasks.store.batch_ledger import BatchLedger, Failure, Record, Scope
from subtasks.store.replies import DamagedReply, ReplyStore

if TYPE_CHECKING:
    import anthropic
    from anthropic.types.messages import MessageBatch

MAX_READS = 5  # of one batch's results, until they arrive whole
READ_AGAIN_SECONDS = 1.0
REPORT_SECONDS = 300.0
# How long batches may be out of reach before a job stops waiting for them.
MAX_OUTAGE_SECONDS = 6 * 3600.0
GONE = Failure(Scope.ATTEMPT, "its batch is gone")
NO_RESULTS = "has no results, although the API keeps them for 29 days"
NOT_FOUND = 404
ABOUT_THIS_BATCH = (400, 403, 410, 422)
"""Statuses, beside not found, by which an endpoint refuses to show one batch."""

log = logging.getLogger("subtasks")


class BatchCollector:
    """Collects batches into a store, through the SDK's client, which `client` returns.

    `poll_seconds` is the time between two polls of a batch. `look_again` is called with a record
    that was taken for a batch and turned out to be a stranger's. `asker` names the job.
    """

    def __init__(
        self,
        store: ReplyStore,
        client: Callable[[], Any],
        poll_seconds: float,
        look_again: Callable[[Record], Awaitable[None]],
        asker: str,
    ) -> None:
        self._store = store
        self._ledger = BatchLedger(store.folder)
        self._client = client
        self._poll_seconds = poll_seconds
        self._look_again = look_again
        self._asker = asker
        self._last_contact = -math.inf

    async def collect(self, batch: Record, model: str) -> dict[str, Failure]:
        """Wait for a batch and store its replies; return the failures by key.

        Raises `Unseen` if the API must still have the batch, but does not show it.
        """
        with batch_responses.as_api_problem(model):
            ended: MessageBatch | _NotShown
            try:
                ended = await self._wait_until_ended(batch)
            except _NotShown as missing:
                ended = missing
            # One job reads the results; others that waited for the batch then find them stored.
            async with self._store.claim(hashlib.sha256(batch.id.encode()).hexdigest()):
                if self._ledger.is_open(batch):
                    failures = await self._failures(batch, ended, model)
                    self._ledger.close(batch, failures, self._asker)
                return self._ledger.failures(batch)

    async def _failures(
        self, batch: Record, ended: "MessageBatch | _NotShown", model: str
    ) -> dict[str, Failure]:
        """Store the replies of a batch that has ended; return the failures by key."""
        try:
            if isinstance(ended, _NotShown):
                raise ended
            if not isinstance(ended.results_url, str):
                raise _NotShown(NO_RESULTS, ended.created_at)
            return await self._read_results(batch, batch_responses.size(ended), model)
        except _NotShown as missing:
            path = self._ledger.folder / batch.name
            if missing.is_refused or batch_origins.is_kept(batch, missing.created):
                sentence = str(missing)
                here = batch_origins.origin_of(self._client(), self._asker)
                raise batch_origins.cannot_be_found(batch, path, here, sentence) from None
        line = (
            f"batch {batch.id} was submitted more than 29 days ago, and the API no longer keeps "
            "its results: asking its questions again"
        )
        log.warning("%s", line)
        job_messages.send(line)
        return dict.fromkeys(batch.keys, GONE)

    async def _wait_until_ended(self, batch: Record) -> "MessageBatch":
        """Wait until a batch has ended. Raises `_NotShown` if the API does not show it.

        The first failure to reach the API is raised, since a setting may be wrong. After a
        successful poll, a network or server that is down is waited for.
        """
        import anthropic

        reported = -math.inf
        while True:
            try:
                found = await batch_responses.checked(
                    self._client().messages.batches.retrieve(batch.id)
                )
            except anthropic.APIError as error:
                if missing := _not_shown(error):
                    raise missing from None
                # The batch goes on while it cannot be polled.
                outage = time.monotonic() - self._last_contact
                if not _is_temporary(error) or outage >= MAX_OUTAGE_SECONDS:
                    raise
                log.warning(
                    "batch %s: cannot be reached (%s), still waiting",
                    batch.id,
                    type(error).__name__,
                )
                await asyncio.sleep(self._poll_seconds)
                continue
            self._last_contact = time.monotonic()
            has_ended = found.processing_status == "ended"
            if has_ended or self._last_contact - reported >= REPORT_SECONDS:
                reported = self._last_contact
                _report(found, len(batch.keys))
            if has_ended:
                return found
            await asyncio.sleep(self._poll_seconds)

    async def _read_results(self, batch: Record, expected: int, model: str) -> dict[str, Failure]:
        """Store the replies of a batch that has `expected` results; return the failures by key."""
        import anthropic
        import httpx2  # the SDK's HTTP client, whose errors come through while results are read

        broken = (
            *(anthropic.APIConnectionError, anthropic.RateLimitError),
            *(anthropic.InternalServerError, httpx2.HTTPError),
            *(json.JSONDecodeError, BrokenOff),
        )
        for _ in range(MAX_READS):
            try:
                return await self._read_once(batch, expected, model)
            except broken as error:
                log.warning(
                    "batch %s: reading its results broke off (%s)", batch.id, quote(repr(error))
                )
                await asyncio.sleep(READ_AGAIN_SECONDS)
            except anthropic.APIStatusError as error:
                raise (_not_shown(error) or error) from None
        raise Problem(
            f"reading the results of batch {batch.id} broke off {MAX_READS} times: run again, or "
            f"remove {self._ledger.folder / batch.name} to ask, and pay, again for those that are "
            "missing"
        )

    async def _read_once(self, batch: Record, expected: int, model: str) -> dict[str, Failure]:
        """Do so once. Raises `BrokenOff` if there are fewer results than expected."""
        answered: set[str] = set()
        failures: dict[str, Failure] = {}
        lines = 0
        async with self._results(batch) as pieces:
            async for line in split_lines(pieces):
                lines += 1
                # A stranger's batch that was taken for ours has other keys.
                result = read_line(line, batch.keys, model)
                if result is None:
                    continue
                if isinstance(result.came, Failure):
                    failures[result.key] = result.came
                    continue
                answered.add(result.key)
                if not self._is_readable(result.key):
                    self._store.put(result.key, result.came.reply, result.came.body)
        if lines < expected:
            raise BrokenOff(f"{lines} of {expected} results have come")
        missing = batch.keys - answered - failures.keys()
        if batch.is_certain or missing != batch.keys:
            lacking = Failure(Scope.QUESTION, f"batch {batch.id} has ended without a result for it")
            failures |= dict.fromkeys(missing, lacking)
        else:
            await self._look_again(batch)
        return {key: failure for key, failure in failures.items() if key not in answered}

    def _is_readable(self, key: str) -> bool:
        try:
            return self._store.get(key) is not None
        except DamagedReply:
            return False  # what has come is whole

    @contextlib.asynccontextmanager
    async def _results(self, batch: Record) -> AsyncIterator[AsyncIterator[bytes]]:
        """Open the results of a batch; yields their bytes."""
        import anthropic
        import httpx2

        try:
            decoder = await self._client().messages.batches.results(batch.id)
        except (anthropic.APIError, httpx2.HTTPError, json.JSONDecodeError, Problem):
            raise
        except anthropic.AnthropicError:
            # The SDK has looked again whether there are any.
            raise _NotShown(NO_RESULTS) from None
        except (*UNREADABLE, LookupError, TypeError, httpx2.InvalidURL):
            # What the SDK raises about a batch, or an address, that no API sends.
            raise not_the_claude_api() from None
        try:
            # Not the SDK's decoder: it gives up at the first line that is no JSON.
            yield decoder.http_response.aiter_bytes()
        finally:
            await decoder.close()


class _NotShown(Exception):
    """The API does not show a batch or its results.

    `created` is when it says that the batch was submitted, if it does. `is_refused` says that
    it may be there, and be shown to others.
    """

    def __init__(
        self, sentence: str, created: datetime | None = None, *, is_refused: bool = False
    ) -> None:
        super().__init__(sentence)
        self.created = created
        self.is_refused = is_refused


def _not_shown(error: "anthropic.APIError") -> _NotShown | None:
    """Say what it means that a batch is refused; None if that does not concern the batch."""
    import anthropic

    if not isinstance(error, anthropic.APIStatusError):
        return None
    status = error.status_code
    reason = f"({status}: {quote(error_message(error.body) or error.message)})"
    # An endpoint without message batches sends another type.
    if status == NOT_FOUND and error.type == "not_found_error":
        return _NotShown(f"cannot be found {reason}")
    if status in ABOUT_THIS_BATCH:
        return _NotShown(f"may not be seen {reason}", is_refused=True)
    return None


def _report(batch: "MessageBatch", size: int) -> None:
    """Log how far a batch is, and let the run print it."""
    counts = batch.request_counts
    line = (
        f"batch {batch.id}: {batch.processing_status}; {counts.processing} processing, "
        f"{counts.succeeded} succeeded, {counts.errored} errored, "
        f"{counts.expired} expired of {size}"
    )
    log.info("%s", line)
    job_messages.send(line)


def _is_temporary(error: "anthropic.APIError") -> bool:
    """Say whether an error comes from the network, or a server that is overloaded or down."""
    import anthropic

    return isinstance(
        error,
        anthropic.APIConnectionError | anthropic.RateLimitError | anthropic.InternalServerError,
    )
