"""Asking through Message Batches: half the price for who can wait.

What was submitted stands in the ledger (see `ledger`) until its results are in the reply store.
So a process that is killed at any moment loses nothing, and the next one submits nothing twice.
"""

import asyncio
import hashlib
import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any

from subtasks import client, news, submission
from subtasks.budget import Budget
from subtasks.client import Refused
from subtasks.ledger import Ledger, Record
from subtasks.problem import Problem
from subtasks.question import Question
from subtasks.replies import Reply, Store
from subtasks.submission import Submission

if TYPE_CHECKING:
    import anthropic

Questions = Callable[[], Iterable[Question]]
"""Gives the same questions each time. They are made anew, so that no images are held between."""
Trouble = Refused | Problem | str
"""Why a question has no reply; a text where it may be asked again."""

MAX_REQUESTS = 100_000
# Of the API's 256 MB; a batch is held in memory as it is sent, several times over.
MAX_BYTES = 64_000_000
MAX_TRIES = 3
MAX_BREAKS = 5  # of the connection, while results are read
BREAK_SECONDS = 1.0
TELL_SECONDS = 300.0

log = logging.getLogger("subtasks")


class Batches:
    """Answers many questions at once, from the store or through batches."""

    def __init__(
        self, store: Store, budget: Budget, poll_seconds: float, connection: dict[str, Any]
    ) -> None:
        self._store = store
        self._budget = budget
        self._poll_seconds = poll_seconds
        self._ledger = Ledger(store.folder / "batches")
        self._connection = connection
        self._tries = 1 + connection["max_retries"]
        self._client: Any = None

    async def __aenter__(self) -> "Batches":
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
            sending = Submission(self._ledger, self._budget, self._api, self._tries)
            await sending.recover()
            for part in parts(self._unanswered(questions)):
                if await sending.send(part) < len(part):
                    log.info("what others have submitted leaves no room in the budget for more")
                    break

    def under_way(self, keys: Iterable[str]) -> list[str]:
        """Ids of the batches that will answer the questions with these keys."""
        wanted = set(keys)
        return [each.id for each in self._ledger.records() if not wanted.isdisjoint(each.keys)]

    async def answers(self, questions: Questions) -> dict[str, tuple[Reply, bool] | Refused]:
        """Answer all questions, by key: the reply and whether it was in the store before.

        Waits for batches as long as they take. A question that errors or expires goes into
        the next batch, `MAX_TRIES` times in all.
        """
        waiting = {question.key: question.model for question in questions()}
        found: dict[str, tuple[Reply, bool] | Refused] = {}
        tries: Counter[str] = Counter()
        self._take(waiting, found, stored=True)
        while waiting:
            await self.submit(each for each in questions() if each.key in waiting)
            under_way = self._ledger.records()
            mine = [record for record in under_way if not record.keys.isdisjoint(waiting)]
            for record in mine:
                troubles = await self._collect(record, next(iter(waiting.values()), ""))
                self._take(waiting, found, stored=False)
                for key in record.keys & waiting.keys():
                    tries[key] += 1
                    trouble = troubles.get(key, "its batch is gone")
                    if isinstance(trouble, Problem):
                        raise trouble
                    if isinstance(trouble, str) and tries[key] == MAX_TRIES:
                        trouble = Refused(f"{MAX_TRIES} batches brought no answer: {trouble}")
                    if isinstance(trouble, Refused):
                        found[key] = trouble
                        del waiting[key]
            # Unless others have just collected mine, they leave no room in the budget, and
            # perhaps nobody else is there to collect theirs.
            if not mine and not self._take(waiting, found, stored=False):
                if under_way:
                    await self._collect(under_way[0], "")
                else:
                    await asyncio.sleep(self._poll_seconds)
        return found

    def _take(
        self,
        waiting: dict[str, str],
        found: dict[str, tuple[Reply, bool] | Refused],
        *,
        stored: bool,
    ) -> int:
        """Move what the store answers by now from `waiting` to `found`; how many that are."""
        replies = {key: reply for key in waiting if (reply := self._store.get(key))}
        for key, reply in replies.items():
            found[key] = (reply, stored)
            del waiting[key]
        return len(replies)

    def _unanswered(self, questions: Iterable[Question]) -> Iterator[Question]:
        """Give each question that is neither answered nor under way once."""
        taken = {key for record in self._ledger.records() for key in record.keys}
        for question in questions:
            key = question.key
            if key not in taken and self._store.get(key) is None:
                taken.add(key)
                yield question

    async def _collect(self, record: Record, model: str) -> dict[str, Trouble]:
        """Wait for a batch and store its replies; what went wrong, by key."""
        import anthropic

        try:
            has_results = await self._ended(record)
            # One job reads the results; another that waited for the same batch finds them stored.
            async with self._store.claim(hashlib.sha256(record.id.encode()).hexdigest()):
                if not self._ledger.is_open(record):
                    return {}
                troubles = await self._results(record, model) if has_results else {}
                self._ledger.close(record)
                return troubles
        except anthropic.APIError as error:
            raise submission.as_problem(error, model) from None

    async def _ended(self, record: Record) -> bool:
        """Wait until a batch has ended; whether there are results."""
        import anthropic

        told = -TELL_SECONDS
        while True:
            try:
                batch = submission.checked(await self._api().messages.batches.retrieve(record.id))
            except anthropic.NotFoundError as error:
                # An endpoint that knows no batches at all says so in another way.
                if error.type != "not_found_error":
                    raise
                log.warning("batch %s is gone: its questions are asked anew", record.id)
                return False
            ended = batch.processing_status == "ended"
            if ended or time.monotonic() - told >= TELL_SECONDS:
                told = time.monotonic()
                counts = batch.request_counts
                said = (
                    f"batch {record.id}: {batch.processing_status}; {counts.processing} "
                    f"processing, {counts.succeeded} succeeded, {counts.errored} errored, "
                    f"{counts.expired} expired of {len(record.keys)}"
                )
                log.info("%s", said)
                news.tell(said)
            if ended and batch.results_url is None:
                log.warning("batch %s: its results are no longer kept", record.id)
            if ended:
                return batch.results_url is not None
            await asyncio.sleep(self._poll_seconds)

    async def _results(self, record: Record, model: str) -> dict[str, Trouble]:
        """Store the replies of a batch; what went wrong, by key."""
        import httpx2  # what the SDK is built on: its errors come through while results are read

        for _ in range(MAX_BREAKS):
            troubles: dict[str, Trouble] = {}
            try:
                async for line in await self._api().messages.batches.results(record.id):
                    # Of a batch that is not the one it was taken for, nothing is kept.
                    ours = line.custom_id in record.keys
                    if ours and (trouble := self._stored(line, model)):
                        troubles[line.custom_id] = trouble
                return troubles
            except (httpx2.HTTPError, json.JSONDecodeError) as error:
                log.warning("batch %s: its results broke off (%r)", record.id, error)
                await asyncio.sleep(BREAK_SECONDS)
        raise Problem(f"the results of batch {record.id} broke off {MAX_BREAKS} times: run again")

    def _stored(
        self, line: "anthropic.types.messages.MessageBatchIndividualResponse", model: str
    ) -> Trouble | None:
        """Store one result, or say why it is no reply."""
        match line.result.type:
            case "succeeded":
                if self._store.get(line.custom_id) is None:
                    reply = client.reply_of(line.result.message, batch=True)
                    self._store.put(line.custom_id, reply)
                return None
            case "errored":
                error = line.result.error.error
                return client.judged_in_batch(error.type, error.message, model)
            case "canceled":
                return Refused("its message batch was canceled")
            case other:
                return f"the request {other}"

    def _api(self) -> Any:
        if self._client is None:
            self._client = client.connect(**self._connection)
        return self._client


SUBMITTING = "f" * 64
"""Key that is claimed while a batch is submitted; no question hashes to it."""


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
