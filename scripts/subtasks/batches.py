"""Asking through Message Batches: half the price for who can wait.

A batch that was submitted has been ordered, so its record lies in the reply store, under
`batches/<id>.json`, and not with what can be computed again. Before it is sent, its questions
stand in `batches/intent-….json`: a process killed in between leaves that, and the next one
looks through the API's own list for the batch that may have arrived. Each result goes into
the store as it is read; a record whose results are all there is renamed, and no longer waited
for.
"""

import asyncio
import json
import logging
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from subtasks import client, files
from subtasks.budget import Budget
from subtasks.problem import Problem
from subtasks.question import Question
from subtasks.replies import Reply, Store

MAX_REQUESTS = 100_000
# Of the API's 256 MB; a batch is held in memory as it is sent, several times over.
MAX_BYTES = 64_000_000
MAX_TRIES = 3
# How long the API may take to list a batch whose sender is gone.
ARRIVAL_SECONDS = 5.0
CLOCK_SKEW_SECONDS = 300.0

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Record:
    """A batch that was submitted: its id, and the keys of the questions it asks.

    A question's key is its custom id, so results need no table to find their place.
    """

    id: str
    keys: tuple[str, ...]
    bound_usd: float


class Batches:
    """Answers many questions at once, from the store or through batches."""

    def __init__(
        self, store: Store, budget: Budget, poll_seconds: float, connection: dict[str, Any]
    ) -> None:
        self._store = store
        self._budget = budget
        self._poll_seconds = poll_seconds
        self._folder = store.folder / "batches"
        self._connection = connection
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

    async def submit(self, questions: Iterable[Question]) -> list[str]:
        """Submit the questions that are neither answered nor under way.

        Returns the ids of the batches that will answer the questions. One process at a time
        submits, so that no two submit the same.
        """
        wanted = {question.key: question for question in questions}
        async with self._store.claim(SUBMITTING):
            await self._reconcile()
            under_way = {key for record in self._records() for key in record.keys}
            left = [
                question
                for key, question in wanted.items()
                if key not in under_way and self._store.get(key) is None
            ]
            for part in parts(left):
                await self._send(part)
            return [
                record.id for record in self._records() if not wanted.keys().isdisjoint(record.keys)
            ]

    async def answers(
        self, questions: Sequence[Question]
    ) -> dict[str, tuple[Reply, bool] | client.Refused]:
        """Answer all questions, by key: the reply and whether it was in the store before.

        Waits for batches as long as they take. A question that errors or expires goes into
        the next batch, `MAX_TRIES` times in all.
        """
        waiting = {question.key: question for question in questions}
        found: dict[str, tuple[Reply, bool] | client.Refused] = {}
        for key in list(waiting):
            if reply := self._store.get(key):
                found[key] = (reply, True)
                del waiting[key]
        reasons: dict[str, str] = {}
        for _ in range(MAX_TRIES):
            if not waiting:
                break
            await self.submit(waiting.values())
            for record in self._records():
                if not waiting.keys().isdisjoint(record.keys):
                    for key, trouble in (await self._collect(record)).items():
                        if isinstance(trouble, client.Refused):
                            found[key] = trouble
                            waiting.pop(key, None)
                        else:
                            reasons[key] = trouble
            for key in list(waiting):
                if reply := self._store.get(key):
                    found[key] = (reply, False)
                    del waiting[key]
        for key in waiting:
            reason = reasons.get(key, "its batch is gone")
            found[key] = client.Refused(f"{MAX_TRIES} batches brought no answer: {reason}")
        return found

    async def _send(self, questions: Sequence[Question]) -> None:
        import anthropic

        keys = [question.key for question in questions]
        async with self._budget.room_for(*questions, batch=True) as bound_usd:
            intent = self._folder / f"intent-{uuid.uuid4().hex}.json"
            content = {"keys": keys, "bound_usd": bound_usd, "time": time.time()}
            files.write_json(intent, content)
            requests = [
                {"custom_id": question.key, "params": question.request(cache=False)}
                for question in questions
            ]
            try:
                # A connection that breaks leaves open whether the batch has arrived. The SDK
                # would send it again; the next look at the intent finds out first.
                batch = await self._api(max_retries=0).messages.batches.create(requests=requests)
            except anthropic.APIStatusError as error:
                # Refused for certain, or by something in between that may have passed it on.
                if error.status_code < 500:
                    intent.unlink()
                raise self._as_problem(error, questions[0].model) from None
            except anthropic.APIError as error:
                raise self._as_problem(error, questions[0].model) from None
            self._write(Record(batch.id, tuple(keys), bound_usd))
            intent.unlink()
        log.info("batch %s: %d questions submitted", batch.id, len(keys))

    async def _reconcile(self) -> None:
        """Find out about batches whose sender was killed before it could note them."""
        for intent in sorted(self._folder.glob("intent-*.json")):
            content = files.read_json(intent)
            await asyncio.sleep(max(0.0, content["time"] + ARRIVAL_SECONDS - time.time()))
            keys = tuple(content["keys"])
            if batch_id := await self._arrived(keys, content["time"] - CLOCK_SKEW_SECONDS):
                self._write(Record(batch_id, keys, content["bound_usd"]))
                log.info("batch %s: had arrived before the run was killed", batch_id)
            intent.unlink()

    async def _arrived(self, keys: tuple[str, ...], since: float) -> str | None:
        known = {path.name.split(".")[0] for path in self._folder.glob("*.json")}
        listed = self._api().messages.batches.list(limit=100)
        async for batch in listed:
            if batch.created_at.timestamp() < since:
                return None
            counts = batch.request_counts.model_dump().values()
            if batch.id not in known and sum(counts) == len(keys):
                # Whose it is shows in its results alone; `_collect` looks at them.
                return batch.id
        return None

    async def _collect(self, record: Record) -> dict[str, str | client.Refused]:
        """Wait for a batch, store its replies; what went wrong, by key."""
        import anthropic

        trouble: dict[str, str | client.Refused] = {}
        try:
            await self._ended(record)
            results = await self._api().messages.batches.results(record.id)
            async for line in results:
                if line.custom_id not in record.keys:
                    continue
                match line.result.type:
                    case "succeeded":
                        reply = client.reply_of(line.result.message, batch=True)
                        self._store.put(line.custom_id, reply)
                    case "errored":
                        error = line.result.error.error
                        reason = " ".join(error.message.split())[:300]
                        trouble[line.custom_id] = (
                            client.Refused(f"the API refused the question ({reason})")
                            if error.type == "invalid_request_error"
                            else reason
                        )
                    case other:
                        trouble[line.custom_id] = f"the request was {other}"
        except anthropic.NotFoundError:
            log.warning("batch %s is gone: its questions are asked anew", record.id)
        except anthropic.APIError as error:
            raise self._as_problem(error, "batches") from None
        self._path(record.id).rename(self._folder / f"{record.id}.collected.json")
        return trouble

    async def _ended(self, record: Record) -> None:
        told = 0.0
        while True:
            batch = await self._api().messages.batches.retrieve(record.id)
            counts = batch.request_counts
            ended = batch.processing_status == "ended"
            if ended or time.monotonic() - told >= self._poll_seconds:
                told = time.monotonic()
                log.info(
                    "batch %s: %s; %d processing, %d succeeded, %d errored, %d expired of %d",
                    record.id,
                    batch.processing_status,
                    counts.processing,
                    counts.succeeded,
                    counts.errored,
                    counts.expired,
                    len(record.keys),
                )
            if ended:
                if batch.archived_at is not None:
                    log.warning("batch %s: its results are no longer kept", record.id)
                return
            await asyncio.sleep(self._poll_seconds)

    def _records(self) -> list[Record]:
        records = []
        for path in sorted(self._folder.glob("*.json")):
            if path.name.startswith("intent-") or path.name.endswith(".collected.json"):
                continue
            try:
                content = files.read_json(path)
            except FileNotFoundError:
                continue  # another job has just collected it
            records.append(Record(content["id"], tuple(content["keys"]), content["bound_usd"]))
        return records

    def _write(self, record: Record) -> None:
        content = {"id": record.id, "bound_usd": record.bound_usd, "keys": list(record.keys)}
        files.write_json(self._path(record.id), content)

    def _path(self, batch_id: str) -> Path:
        return self._folder / f"{batch_id}.json"

    def _api(self, **options: Any) -> Any:
        if self._client is None:
            self._client = client.connect(**self._connection)
        return self._client.with_options(**options) if options else self._client

    @staticmethod
    def _as_problem(error: Any, model: str) -> Problem:
        judged = client.judged(error, model)
        return judged if isinstance(judged, Problem) else Problem(f"a batch failed: {judged}")


SUBMITTING = "f" * 64
"""Key that is claimed while a batch is submitted; no question hashes to it."""


def parts(questions: Sequence[Question]) -> list[list[Question]]:
    """Divide questions into batches that are within the API's limits."""
    divided: list[list[Question]] = []
    size = 0
    for question in questions:
        bytes_sent = len(json.dumps(question.request(cache=False)))
        if not divided or size + bytes_sent > MAX_BYTES or len(divided[-1]) == MAX_REQUESTS:
            divided.append([])
            size = 0
        divided[-1].append(question)
        size += bytes_sent
    return divided
