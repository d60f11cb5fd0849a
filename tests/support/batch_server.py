"""A loopback API whose message batches go wrong, and jobs that ask it."""

import asyncio
import contextlib
import multiprocessing
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

from servers.claude import ClaudeServer, ServerError
from servers.claude.wire import Reply as Sent
from servers.claude.wire import Request
from subtasks.api.batches import BatchApi
from subtasks.api.connection import Connection
from subtasks.api.errors import Answered, Refused
from subtasks.cost.budget import Budget
from subtasks.cost.prices import Prices
from subtasks.questions.question import Question
from subtasks.questions.reply import Reply
from subtasks.store.replies import ReplyStore

KEY = "sk-ant-loopback"
OTHER_KEY = "sk-ant-another-workspace"
MODEL = "claude-opus-4-7"
PRICES = Prices("2026-09-30", {MODEL: (5.0, 25.0)}, 0.5, 1.25, 0.1)
MANY = 12


def question(number: int, model: str = MODEL) -> Question:
    return Question(model, 1024, None, None, (f"What is {number}?",))


QUESTIONS = [question(number) for number in range(MANY)]
Answers = dict[str, Answered]


class BatchServer(ClaudeServer):
    """A loopback API whose responses about batches can be made to fail, or to come late."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, key=KEY, **options)
        self.broken_results = 0
        self.broken_polls = 0
        self.result_seconds = 0.0  # between the first half of the results and the second
        self.accept_seconds = 0.0  # until the sender hears that its batch is accepted
        self.garbled: dict[str, bytes] = {}  # bodies to send instead, with status 200, by method

    def reply(self, request: Request, record: Any) -> Sent:
        if request.method == "GET" and self.broken_polls:
            self.broken_polls -= 1
            raise ServerError().error
        reply = super().reply(request, record)
        if request.method in self.garbled:
            return Sent(self.garbled[request.method], "application/json")
        if request.path.endswith("/results"):
            reply.pause = self.result_seconds
        if request.path.endswith("/results") and self.broken_results:
            self.broken_results -= 1
            reply.half = True
        if request.path.endswith("/batches") and request.method == "POST":
            time.sleep(self.accept_seconds)
        return reply

    def requested(self, method: str, path: str) -> int:
        return sum(each.method == method and each.path.endswith(path) for each in self.requests)

    def polls(self, batch: str) -> int:
        """How often a batch was polled."""
        return self.requested("GET", batch)

    def pollers(self, batch: str) -> set[str]:
        """The jobs that have polled a batch."""
        found = [each for each in self.requests if each.path.endswith(batch)]
        return {each.headers.get("x-job") for each in found}


@contextlib.asynccontextmanager
async def open_batch_api(
    url: str,
    folder: Path,
    *,
    retries: int = 2,
    dollars: float | None = None,
    asker: str = "job",
    max_wait: float = 600.0,
) -> AsyncIterator[BatchApi]:
    """A `BatchApi` as a program opens it, on the store in a folder."""
    connection = Connection(base_url=url, max_retries=retries, max_wait=max_wait)
    with ReplyStore(folder) as store:
        budget = Budget(store, PRICES, dollars)
        async with BatchApi(store, budget, 0.05, connection, asker) as api:
            yield api


def submit(url: str, folder: Path, questions: list[Question] = QUESTIONS, **options: Any) -> None:
    async def run() -> None:
        async with open_batch_api(url, folder, **options) as api:
            await api.submit(questions)

    asyncio.run(run())


def answers(
    url: str, folder: Path, questions: list[Question] = QUESTIONS, **options: Any
) -> Answers:
    async def run() -> Answers:
        async with open_batch_api(url, folder, **options) as api:
            return await api.answers(lambda: iter(questions))

    return asyncio.run(run())


def replies(found: Answers) -> dict[str, Reply]:
    assert not any(isinstance(each, Refused) for each in found.values()), found
    return {key: reply for key, (reply, _) in found.items()}


def assert_paid_once(server: ClaudeServer, questions: int = MANY) -> None:
    assert len(server.submitted) == len(server.answered) == questions
    assert set(server.submitted.values()) == set(server.answered.values()) == {1}


def ledger_files(folder: Path) -> list[str]:
    """The kinds of files in the ledger of a store: intent, json, collected.json."""
    names = sorted(path.name for path in folder.glob("batches/*.json"))
    return [name.split("-")[0] if "-" in name else name.partition(".")[2] for name in names]


def _run(work: Callable[[], Any], name: str) -> None:
    os.environ["ANTHROPIC_CUSTOM_HEADERS"] = f"x-job: {name}"
    work()


@contextlib.contextmanager
def process(work: Callable[[], Any], name: str = "job") -> Iterator[multiprocessing.Process]:
    """A process that is killed in the end, as in a power cut."""
    child = multiprocessing.get_context("spawn").Process(target=_run, args=[work, name])
    child.start()
    try:
        yield child
    finally:
        child.kill()
        child.join()
