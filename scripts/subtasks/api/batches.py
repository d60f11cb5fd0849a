"""Asking through Message Batches: half the price for who can wait.

What was submitted stands in the ledger (see `ledger`) until its results are in the reply store.
So a process that is killed at any moment loses nothing, and the next one submits nothing twice.
"""

import asyncio
import hashlib
import json
import logging
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from types import TracebackType
from typing import TYPE_CHECKING, Any

from subtasks import job_messages
from subtasks.api import batch_submission, client
from subtasks.api.batch_questions import OpenQuestions
from subtasks.api.batch_submission import BatchSender
from subtasks.api.connection import Connection
from subtasks.api.errors import Answered, Refused, classify_batch_error
from subtasks.cost.budget import Budget
from subtasks.errors import Problem
from subtasks.questions.question import Question
from subtasks.store.batch_ledger import BatchLedger, Failure, Record, Scope
from subtasks.store.replies import ReplyStore

if TYPE_CHECKING:
    import anthropic

Questions = Callable[[], Iterable[Question]]
"""Gives the same questions each time. They are made anew, so that no images are held between."""

SUBMITTING = "f" * 64
"""Key that is claimed while a batch is submitted; no question hashes to it."""

MAX_REQUESTS = 100_000
# Of the API's 256 MB; a batch is held in memory as it is sent, several times over.
MAX_BYTES = 64_000_000
MAX_BREAKS = 5  # of the connection, while results are read
BREAK_SECONDS = 1.0
TELL_SECONDS = 300.0
# How long a batch may be out of sight while it is waited for.
PATIENCE_SECONDS = 6 * 3600.0
GONE = Failure(Scope.ATTEMPT, "its batch is gone")

log = logging.getLogger("subtasks")


class BatchApi:
    """Answers many questions at once, from the store or through batches."""

    def __init__(
        self, store: ReplyStore, budget: Budget, poll_seconds: float, connection: Connection
    ) -> None:
        self._store = store
        self._budget = budget
        self._poll_seconds = poll_seconds
        self._ledger = BatchLedger(store.folder)
        self._connection = connection
        self._tries = 1 + connection.max_retries
        self._client: Any = None
        self._seen = -math.inf  # when a batch could last be looked at

    async def __aenter__(self) -> "BatchApi":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._budget.close()
        if self._client is not None:
            await self._client.close()

    async def submit(self, questions: Iterable[Question]) -> None:
        """Submit the questions that are neither answered nor under way.

        Submits all of them, or as many as the budget has room for now. One process at a time
        submits, so that no two submit the same.
        """
        async with self._store.claim(SUBMITTING):
            sending = BatchSender(self._ledger, self._budget, self._api, self._tries)
            await sending.recover()
            for part in parts(self._unanswered(questions)):
                if await sending.send(part) < len(part):
                    log.info("what others have submitted leaves no room in the budget for more")
                    break

    def under_way(self, keys: Iterable[str]) -> list[Record]:
        """Give the batches that will answer questions with these keys."""
        wanted = set(keys)
        return [each for each in self._ledger.records() if not wanted.isdisjoint(each.keys)]

    async def answers(self, questions: Questions) -> dict[str, Answered]:
        """Answer all questions, by key.

        Waits for batches as long as they take. A question that errors or expires goes into
        the next batch, `awaited.MAX_TRIES` times in all.
        """
        awaited = OpenQuestions(questions())
        awaited.take(self._store, stored=True)
        while awaited.open:
            await self.submit(each for each in questions() if each.key in awaited.open)
            under_way = self._ledger.records()
            mine = [record for record in under_way if not record.keys.isdisjoint(awaited.open)]
            troubles: dict[str, Failure] = {}
            for record in mine:
                troubles |= await self._collect(record, awaited.model)
                awaited.check(troubles)
            # Where none is mine, others have just collected it, or leave no room in the budget.
            if not awaited.take(self._store, stored=False) and not mine:
                await self._make_room(under_way, awaited.model)
            awaited.tried(chain.from_iterable(record.keys for record in mine), troubles)
        return awaited.found

    async def _make_room(self, under_way: Sequence[Record], model: str) -> None:
        """Collect a batch of others, who are perhaps gone, or wait for what they ask."""
        if under_way:
            await self._collect(under_way[0], model)
        else:
            await asyncio.sleep(self._poll_seconds)

    def _unanswered(self, questions: Iterable[Question]) -> Iterator[Question]:
        """Give each question that is neither answered nor under way once."""
        taken = {key for record in self._ledger.records() for key in record.keys}
        for question in questions:
            key = question.key
            if key not in taken and self._store.get(key) is None:
                taken.add(key)
                yield question

    async def _collect(self, record: Record, model: str) -> dict[str, Failure]:
        """Wait for a batch and store its replies; what went wrong, by key."""
        with batch_submission.as_api_problem(model):
            has_results = await self._ended(record)
            # One job reads the results; another that waited for the same batch finds them stored.
            async with self._store.claim(hashlib.sha256(record.id.encode()).hexdigest()):
                if self._ledger.is_open(record):
                    gone = dict.fromkeys(record.keys, GONE)
                    troubles = await self._results(record, model) if has_results else gone
                    self._ledger.close(record, troubles)
                return self._ledger.failures(record)

    async def _ended(self, record: Record) -> bool:
        """Wait until a batch has ended; whether there are results.

        Once it could be looked at, so could others of this endpoint: then a network or a server
        that is down is waited for as well.
        """
        import anthropic

        told = -math.inf
        while True:
            try:
                batch = await batch_submission.checked(
                    self._api().messages.batches.retrieve(record.id)
                )
            except anthropic.NotFoundError as error:
                # An endpoint that knows no batches at all says so in another way.
                if error.type != "not_found_error":
                    raise
                log.warning("batch %s is gone: its questions are asked anew", record.id)
                return False
            except anthropic.APIError as error:
                # The batch goes on while nobody can look.
                if not _passes(error) or time.monotonic() - self._seen >= PATIENCE_SECONDS:
                    raise
                log.warning("batch %s: out of sight for now (%s)", record.id, type(error).__name__)
                await asyncio.sleep(self._poll_seconds)
                continue
            self._seen = time.monotonic()
            ended = batch.processing_status == "ended"
            if ended or self._seen - told >= TELL_SECONDS:
                told = self._seen
                _tell(batch, len(record.keys))
            if ended:
                return batch.results_url is not None
            await asyncio.sleep(self._poll_seconds)

    async def _results(self, record: Record, model: str) -> dict[str, Failure]:
        """Store the replies of a batch; what went wrong, by key."""
        import anthropic
        import httpx2  # what the SDK is built on: its errors come through while results are read

        broken = (anthropic.APIConnectionError, httpx2.HTTPError, json.JSONDecodeError)
        for _ in range(MAX_BREAKS):
            troubles: dict[str, Failure] = {}
            try:
                async for line in await self._api().messages.batches.results(record.id):
                    # Of a batch that is not the one it was taken for, nothing is kept.
                    ours = line.custom_id in record.keys
                    if ours and (trouble := self._stored(line, model)):
                        troubles[line.custom_id] = trouble
                return troubles
            except broken as error:
                log.warning("batch %s: its results broke off (%r)", record.id, error)
                await asyncio.sleep(BREAK_SECONDS)
        raise Problem(f"the results of batch {record.id} broke off {MAX_BREAKS} times: run again")

    def _stored(
        self, line: "anthropic.types.messages.MessageBatchIndividualResponse", model: str
    ) -> Failure | None:
        """Store one result, or say why it is no reply."""
        match line.result.type:
            case "succeeded":
                if self._store.get(line.custom_id) is None:
                    reply = client.reply_of(line.result.message, batch=True)
                    self._store.put(line.custom_id, reply)
                return None
            case "errored":
                error = line.result.error.error
                return _trouble(classify_batch_error(error.type, error.message, model))
            case "canceled":
                return Failure(Scope.QUESTION, "its message batch was canceled")
            case other:
                return Failure(Scope.ATTEMPT, f"the request {other}")

    def _api(self) -> Any:
        if self._client is None:
            self._client = client.connect(self._connection)
        return self._client


def _tell(batch: "anthropic.types.messages.MessageBatch", size: int) -> None:
    """Say how far a batch is."""
    counts = batch.request_counts
    said = (
        f"batch {batch.id}: {batch.processing_status}; {counts.processing} processing, "
        f"{counts.succeeded} succeeded, {counts.errored} errored, "
        f"{counts.expired} expired of {size}"
    )
    log.info("%s", said)
    job_messages.tell(said)
    if batch.processing_status == "ended" and batch.results_url is None:
        log.warning("batch %s: its results are no longer kept", batch.id)


def _passes(error: "anthropic.APIError") -> bool:
    """Say whether an error is of the network, or of a server that is overloaded or down."""
    import anthropic

    server = anthropic.RateLimitError | anthropic.InternalServerError
    return isinstance(error, anthropic.APIConnectionError | server)


def _trouble(judged: Refused | Problem | str) -> Failure:
    match judged:
        case Problem():
            return Failure(Scope.ALL, str(judged))
        case Refused():
            return Failure(Scope.QUESTION, str(judged))
    return Failure(Scope.ATTEMPT, judged)


def parts(questions: Iterable[Question]) -> Iterator[list[Question]]:
    """Divide questions into batches that are within the API's limits."""
    part: list[Question] = []
    size = 0
    for question in questions:
        more = len(json.dumps(question.request(cache=False)))
        if part and (size + more > MAX_BYTES or len(part) == MAX_REQUESTS):
            yield part
            part, size = [], 0
        part.append(question)
        size += more
    if part:
        yield part
