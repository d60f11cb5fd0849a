"""Asking through message batches: half the price, for answers that come later.

A submitted batch is noted in the ledger (see `store.batch_ledger`) until its results are in the
reply store. So a process that is killed at any moment loses nothing, and the next one submits
nothing twice.
"""

import asyncio
import hashlib
import json
import logging
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from subtasks import job_messages
from subtasks.api import batch_submission
from subtasks.api.batch_questions import OpenQuestions
from subtasks.api.batch_submission import BatchSender
from subtasks.api.client import reply_of
from subtasks.api.connection import Connection
from subtasks.api.errors import Answered, Refused, classify_batch_error
from subtasks.api.session import ApiSession
from subtasks.cost.budget import Budget
from subtasks.errors import Problem
from subtasks.questions.question import Question
from subtasks.store.batch_ledger import BatchLedger, Failure, Record, Scope
from subtasks.store.replies import ReplyStore

if TYPE_CHECKING:
    import anthropic
    from anthropic.types.messages import MessageBatch, MessageBatchIndividualResponse

SUBMITTING = "f" * 64
"""Key that is claimed while a batch is submitted; no question hashes to it."""

MAX_REQUESTS = 100_000
# Of the API's 256 MB: a batch is held in memory several times over while it is sent.
MAX_BYTES = 64_000_000
MAX_READS = 5  # of one batch's results, until they arrive whole
READ_AGAIN_SECONDS = 1.0
REPORT_SECONDS = 300.0
# How long batches may be out of reach before a job stops waiting for them.
MAX_OUTAGE_SECONDS = 6 * 3600.0
GONE = Failure(Scope.ATTEMPT, "its batch is gone")

log = logging.getLogger("subtasks")


class BatchApi(ApiSession):
    """Answers many questions at once, from the store or through batches.

    `poll_seconds` is the time between two polls of a batch.
    """

    def __init__(
        self, store: ReplyStore, budget: Budget, poll_seconds: float, connection: Connection
    ) -> None:
        super().__init__(store, budget, connection)
        self._poll_seconds = poll_seconds
        self._ledger = BatchLedger(store.folder)
        self._last_contact = -math.inf

    async def submit(self, questions: Iterable[Question]) -> None:
        """Submit the questions that are neither answered nor submitted.

        Submits all of them, or as many as the budget has room for. Only one process submits at
        a time, so that no question is submitted twice.
        """
        async with self._store.claim(SUBMITTING):
            sender = BatchSender(
                self._ledger, self._budget, self.client, self._connection.max_retries
            )
            await sender.recover()
            for batch in split_into_batches(self._unasked(questions)):
                if await sender.send(batch) < len(batch):
                    log.info(
                        "the rest of the budget is reserved by batches other jobs have submitted"
                    )
                    break

    def open_batches(self, keys: Iterable[str]) -> list[Record]:
        """Return the batches that will answer questions with these keys."""
        wanted = set(keys)
        return [each for each in self._ledger.records() if not wanted.isdisjoint(each.keys)]

    async def answers(self, questions: Callable[[], Iterable[Question]]) -> dict[str, Answered]:
        """Answer all questions, and return the answers by key.

        `questions` must return the same questions each time; they are made again so that their
        images need not stay in memory. Waits for batches as long as they take. A question whose
        request fails or expires goes into the next batch, up to `batch_questions.MAX_ROUNDS`
        batches in all.
        """
        waiting_for = OpenQuestions(questions())
        waiting_for.take_replies(self._store, stored=True)
        while waiting_for.keys:
            await self.submit(each for each in questions() if each.key in waiting_for.keys)
            open_batches = self._ledger.records()
            mine = [each for each in open_batches if not each.keys.isdisjoint(waiting_for.keys)]
            failures: dict[str, Failure] = {}
            for batch in mine:
                failures |= await self._collect(batch, waiting_for.model)
                waiting_for.check(failures)
            # None is mine if others have just collected it, or have reserved the budget.
            if not waiting_for.take_replies(self._store, stored=False) and not mine:
                await self._make_room(open_batches, waiting_for.model)
            waiting_for.end_round(chain.from_iterable(batch.keys for batch in mine), failures)
        return waiting_for.answers

    async def _make_room(self, open_batches: Sequence[Record], model: str) -> None:
        """Collect another job's batch, since that job may be gone, or wait if there is none."""
        if open_batches:
            await self._collect(open_batches[0], model)
        else:
            await asyncio.sleep(self._poll_seconds)

    def _unasked(self, questions: Iterable[Question]) -> Iterator[Question]:
        """Give each question once that is neither answered nor submitted."""
        seen = {key for batch in self._ledger.records() for key in batch.keys}
        for question in questions:
            key = question.key
            if key not in seen and self._store.get(key) is None:
                seen.add(key)
                yield question

    async def _collect(self, batch: Record, model: str) -> dict[str, Failure]:
        """Wait for a batch and store its replies; return the failures by key."""
        with batch_submission.as_api_problem(model):
            has_results = await self._wait_until_ended(batch)
            # One job reads the results; others that waited for the batch then find them stored.
            async with self._store.claim(hashlib.sha256(batch.id.encode()).hexdigest()):
                if self._ledger.is_open(batch):
                    gone = dict.fromkeys(batch.keys, GONE)
                    failures = await self._read_results(batch, model) if has_results else gone
                    self._ledger.close(batch, failures)
                return self._ledger.failures(batch)

    async def _wait_until_ended(self, batch: Record) -> bool:
        """Wait until a batch has ended, and return whether it has results.

        The first failure to reach the API is raised, since a setting may be wrong. After a
        successful poll, a network or server that is down is waited for.
        """
        import anthropic

        reported = -math.inf
        while True:
            try:
                found = await batch_submission.checked(
                    self.client().messages.batches.retrieve(batch.id)
                )
            except anthropic.NotFoundError as error:
                # An endpoint without message batches sends another type.
                if error.type != "not_found_error":
                    raise
                log.warning("batch %s is gone: asking its questions again", batch.id)
                return False
            except anthropic.APIError as error:
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
                return found.results_url is not None
            await asyncio.sleep(self._poll_seconds)

    async def _read_results(self, batch: Record, model: str) -> dict[str, Failure]:
        """Store the replies of a batch; return the failures by key."""
        import anthropic
        import httpx2  # the SDK's HTTP client, whose errors come through while results are read

        broken = (anthropic.APIConnectionError, httpx2.HTTPError, json.JSONDecodeError)
        for _ in range(MAX_READS):
            failures: dict[str, Failure] = {}
            try:
                async for result in await self.client().messages.batches.results(batch.id):
                    # A stranger's batch that was taken for ours has other keys.
                    is_ours = result.custom_id in batch.keys
                    if is_ours and (failure := self._store_result(result, model)):
                        failures[result.custom_id] = failure
                return failures
            except broken as error:
                log.warning("batch %s: reading its results broke off (%r)", batch.id, error)
                await asyncio.sleep(READ_AGAIN_SECONDS)
        raise Problem(
            f"reading the results of batch {batch.id} broke off {MAX_READS} times: run again"
        )

    def _store_result(self, result: "MessageBatchIndividualResponse", model: str) -> Failure | None:
        """Store the reply in a result, or return why it has none."""
        match result.result.type:
            case "succeeded":
                if self._store.get(result.custom_id) is None:
                    self._store.put(result.custom_id, reply_of(result.result.message, batch=True))
                return None
            case "errored":
                error = result.result.error.error
                return _as_failure(classify_batch_error(error.type, error.message, model))
            case "canceled":
                return Failure(Scope.QUESTION, "its message batch was canceled")
            case other:
                return Failure(Scope.ATTEMPT, f"the request {other}")


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
    if batch.processing_status == "ended" and batch.results_url is None:
        log.warning("batch %s: the API no longer keeps its results", batch.id)


def _is_temporary(error: "anthropic.APIError") -> bool:
    """Say whether an error comes from the network, or a server that is overloaded or down."""
    import anthropic

    return isinstance(
        error,
        anthropic.APIConnectionError | anthropic.RateLimitError | anthropic.InternalServerError,
    )


def _as_failure(meaning: Refused | Problem | str) -> Failure:
    match meaning:
        case Problem():
            return Failure(Scope.ALL, str(meaning))
        case Refused():
            return Failure(Scope.QUESTION, str(meaning))
    return Failure(Scope.ATTEMPT, meaning)


def split_into_batches(questions: Iterable[Question]) -> Iterator[list[Question]]:
    """Divide questions into batches within the API's limits."""
    batch: list[Question] = []
    size = 0
    for question in questions:
        question_size = len(json.dumps(question.request(cache=False)))
        if batch and (size + question_size > MAX_BYTES or len(batch) == MAX_REQUESTS):
            yield batch
            batch, size = [], 0
        batch.append(question)
        size += question_size
    if batch:
        yield batch
