"""A limit on dollars that holds over all jobs at once.

Spent is what the store's replies cost. In flight is what questions that were sent may cost at
the most: each process keeps its own sum in a file that it holds locked, so that the sum of a
process that is gone no longer counts; batches that were submitted stand in the store and count
until they are collected. A question is only sent when both together leave room for it.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from subtasks import tokens
from subtasks.prices import Prices
from subtasks.problem import Problem
from subtasks.question import Question
from subtasks.replies import Store

POLL_SECONDS = 0.5
# A folder that changed so recently may change once more without a new time.
SETTLED_SECONDS = 2.0
# The API adds what makes the answer follow a schema.
SCHEMA_TOKENS = 1000
# Text may have more tokens than characters suggest; images are counted by formula.
SAFETY = 1.25


def bound(question: Question, prices: Prices, *, batch: bool) -> float | None:
    """The most a question can cost in US dollars, None where the model has no price."""
    text = sum(tokens.of_text(part) for part in question.content if isinstance(part, str))
    images = sum(
        tokens.of_image(question.model, part.width, part.height)
        for part in question.content
        if not isinstance(part, str)
    )
    usage = {
        # As if all of it were written to the cache, which is what costs the most.
        "cache_creation_input_tokens": round(SAFETY * (text + images)) + SCHEMA_TOKENS,
        "output_tokens": question.max_tokens,
    }
    return prices.cost(question.model, usage, batch=batch)


class Budget:
    """Lets questions pass while there is money left; without a limit, all of them."""

    def __init__(self, store: Store, prices: Prices, dollars: float | None) -> None:
        self._store = store
        self._prices = prices
        self._dollars = dollars
        self._mine = 0.0
        self._spent = _Spent(store.folder, prices)
        self._folder = store.folder / "in_flight"
        self._path = self._folder / uuid.uuid4().hex
        self._file: int | None = None

    @contextlib.asynccontextmanager
    async def room_for(self, *questions: Question, batch: bool) -> AsyncIterator[float]:
        """Hold back what the questions may cost while they are under way.

        Waits while others' questions are under way and may turn out cheaper; raises `Problem`
        when the money is used up.
        """
        if self._dollars is None:
            yield 0.0
            return
        bounds = [bound(question, self._prices, batch=batch) for question in questions]
        if None in bounds:
            raise Problem(
                f"{questions[0].model} has no price: add it to claude.prices or leave "
                "claude.budget_usd empty"
            )
        needed = sum(filter(None, bounds))
        while not self._taken(needed):
            await asyncio.sleep(POLL_SECONDS)
        try:
            yield needed
        finally:
            with self._store.alone():
                self._write(self._mine - needed)

    def close(self) -> None:
        """Hold nothing back any more."""
        if self._file is not None:
            self._path.unlink(missing_ok=True)
            os.close(self._file)
            self._file = None

    def _taken(self, needed: float) -> bool:
        assert self._dollars is not None
        with self._store.alone():
            spent = self._spent.dollars()
            in_flight = self._mine + sum(self._others()) + sum(self._submitted())
            if spent + in_flight + needed <= self._dollars:
                self._write(self._mine + needed)
                return True
            if in_flight > 0:
                return False
        raise Problem(
            f"the budget of ${self._dollars:.2f} is used up: ${spent:.2f} are spent and the next "
            f"question may cost ${needed:.2f}; raise claude.budget_usd to go on"
        )

    def _write(self, dollars: float) -> None:
        self._mine = max(dollars, 0.0)
        if self._file is None:
            self._folder.mkdir(exist_ok=True)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
            fcntl.flock(self._file, fcntl.LOCK_EX)
        os.pwrite(self._file, f"{self._mine:20.6f}".encode(), 0)

    def _others(self) -> Iterator[float]:
        for path in self._folder.glob("*") if self._folder.is_dir() else ():
            if path == self._path:
                continue
            with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    yield float(file.read() or 0)
                else:
                    path.unlink()  # its process is gone

    def _submitted(self) -> Iterator[float]:
        for path in self._store.folder.glob("batches/*.json"):
            with contextlib.suppress(FileNotFoundError):
                yield float(json.loads(path.read_text())["bound_usd"])


class _Spent:
    """What the replies in a store cost, read once each."""

    def __init__(self, folder: Path, prices: Prices) -> None:
        self._folder = folder
        self._prices = prices
        self._seen: dict[int, float] = {}
        self._times: dict[str, int] = {}

    def dollars(self) -> float:
        """Sum up, reading what is new."""
        now = time.time_ns()
        for folder in os.scandir(self._folder):
            if len(folder.name) != 2:
                continue
            changed = folder.stat().st_mtime_ns
            if self._times.get(folder.name) == changed:
                continue
            for entry in os.scandir(folder):
                # A retired reply has another name and the same number.
                if entry.name.endswith(".json") and entry.inode() not in self._seen:
                    with contextlib.suppress(FileNotFoundError):
                        self._seen[entry.inode()] = self._cost(Path(entry.path))
            if now - changed > SETTLED_SECONDS * 1e9:
                self._times[folder.name] = changed
        return sum(self._seen.values())

    def _cost(self, path: Path) -> float:
        try:
            reply = json.loads(path.read_text(encoding="utf-8"))
            batch = bool(reply.get("batch", False))
            return self._prices.cost(reply["model"], reply["usage"], batch=batch) or 0.0
        except (ValueError, KeyError, TypeError):
            raise Problem(f"the stored reply {path} is damaged: remove it to ask again") from None
