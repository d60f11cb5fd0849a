"""Asking through message batches: half the price, for answers that come later.

A submitted batch is noted in the ledger (see `store.batch_ledger`) until its results are in the
reply store. So a process that is killed at any moment loses nothing, and the next one submits
nothing twice.
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from types import TracebackType

from subtasks.api import batch_origins
from subtasks.api.batch_collection import BatchCollector
from subtasks.api.batch_origins import Unseen
from subtasks.api.batch_questions import OpenQuestions
from subtasks.api.batch_submission import BatchSender
from subtasks.api.connection import Connection
from subtasks.api.errors import Answered
from subtasks.api.session import ApiSession
from subtasks.cost.budget import Budget
from subtasks.errors import Fatal
from subtasks.questions.question import Question
from subtasks.store.batch_ledger import BatchLedger, Failure, Intent, Record
from subtasks.store.replies import DamagedReply, ReplyStore

SUBMITTING = "f" * 64
"""Key that is claimed while a batch is submitted; no question hashes to it."""

MAX_REQUESTS = 100_000
# Of the API's 256 MB: a batch is held in memory several times over while it is sent.
MAX_BYTES = 64_000_000

log = logging.getLogger("subtasks")


class BatchApi(ApiSession):
    """Answers many questions at once, from the store or through batches.

    `poll_seconds` is the time between two polls of a batch. `asker` names the job (see
    `asker_of`): it counts the requests that it submits as made, in whichever of its processes, and
    takes the answers to those of others from the store.
    """

    def __init__(
        self,
        store: ReplyStore,
        budget: Budget,
        poll_seconds: float,
        connection: Connection,
        asker: str = "",
    ) -> None:
        super().__init__(store, budget, connection)
        self._poll_seconds = poll_seconds
        self._asker = asker
        self._ledger = BatchLedger(store.folder)
        self._collector = BatchCollector(store, self.client, poll_seconds, self._look_again, asker)
        self._counted: set[str] = set()
        self._unclear: list[Intent] = []

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await super().__aexit__(kind, error, traceback)
        # What a job that failed was answered is counted by its next try.
        if kind is None and self._counted:
            self._ledger.counts.note_counted(self._asker, self._counted)

    def _sender(self) -> BatchSender:
        retries = self._connection.max_retries
        return BatchSender(self._ledger, self._budget, self.client, retries, self._asker)

    async def submit(self, questions: Iterable[Question]) -> None:
        """Submit the questions that are neither answered nor submitted.

        Submits all of them, or as many as the budget has room for. Only one process submits at
        a time, so that no question is submitted twice.
        """
        async with self._store.claim(SUBMITTING):
            sender = self._sender()
            self._unclear = await sender.recover()
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
        asked = self._ledger.asked_by(self._asker)
        waiting_for.take_replies(self._store, asked)
        while waiting_for.keys:
            await self.submit(each for each in questions() if each.key in waiting_for.keys)
            asked |= self._ledger.asked_by(self._asker)
            open_batches = self._ledger.records()
            mine = [each for each in open_batches if not each.keys.isdisjoint(waiting_for.keys)]
            failures: dict[str, Failure] = {}
            for batch in mine:
                failures |= await self._collector.collect(batch, waiting_for.model)
                waiting_for.check(failures)
            # Those of an earlier version are counted by whoever has collected them.
            asked |= self._ledger.asked_by(self._asker)
            # None is mine if others have just collected it, or have reserved the budget.
            if not waiting_for.take_replies(self._store, asked) and not mine:
                await self._make_room(open_batches, waiting_for.model)
            waiting_for.end_round(chain.from_iterable(batch.keys for batch in mine), failures)
        self._counted |= asked & waiting_for.answers.keys()
        return waiting_for.answers

    async def _make_room(self, open_batches: Sequence[Record], model: str) -> None:
        """Collect another job's batch, since that job may be gone, or wait if there is none."""
        unseen = None
        for batch in open_batches:
            try:
                await self._collector.collect(batch, model)
            except Unseen as error:
                unseen = unseen or error
            else:
                return
        if unseen:
            raise unseen
        if not open_batches and self._unclear:
            # Nobody here can collect it, so that its money would stay reserved for ever.
            raise self._may_have_arrived(self._unclear[0])
        await asyncio.sleep(self._poll_seconds)

    def _unasked(self, questions: Iterable[Question]) -> Iterator[Question]:
        """Give each question once that is neither answered nor submitted.

        Raises `Fatal` for one that may have been submitted where nobody can see it from here.
        """
        seen = {key for batch in self._ledger.records() for key in batch.keys}
        lost = {key: intent for intent in self._unclear for key in intent.keys}
        for question in questions:
            key = question.key
            if key in seen or self._is_stored(key):
                continue
            if intent := lost.get(key):
                raise self._may_have_arrived(intent)
            seen.add(key)
            yield question

    def _may_have_arrived(self, intent: Intent) -> Fatal:
        here = batch_origins.origin_of(self.client(), self._asker)
        return batch_origins.may_have_arrived(intent, self._ledger.folder / intent.name, here)

    def _is_stored(self, key: str) -> bool:
        try:
            return self._store.get(key) is not None
        except DamagedReply:
            # Asking again would cost money that nobody decided to spend.
            return True

    async def _look_again(self, batch: Record) -> None:
        async with self._store.claim(SUBMITTING):
            await self._sender().look_again(batch)


def asker_of(output: Path) -> str:
    """Name the job that asks about a group of episodes, by one of its output files.

    `output` is the group's file in a folder of the dataset: its receipt or its outcomes. The name
    is the same for both, and in the run that continues one that was killed.
    """
    place = f"{output.parent.parent.resolve()}\0{output.stem}"
    return hashlib.sha256(place.encode("utf-8", "surrogateescape")).hexdigest()[:16]


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
