"""What the replies of a store have cost so far."""

import contextlib
import logging
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path

from subtasks.cost.prices import Prices
from subtasks.errors import Fatal
from subtasks.store.replies import DamagedReply, read_reply
from subtasks.wording import shorten

SETTLED_SECONDS = 2.0
"""A folder that changed more recently may change again without getting a new time."""

FOLDER_DIGITS = 2

log = logging.getLogger("subtasks")


class Spending:
    """Adds up what the replies of a store cost, retired ones included. Each is read once."""

    def __init__(self, folder: Path, prices: Prices) -> None:
        self._folder = folder
        self._prices = prices
        self._costs: dict[tuple[int, int], float] = {}
        self._sums: dict[str, tuple[int, float]] = {}

    def dollars(self) -> float:
        """Return the US dollars spent so far, reading what is new.

        Raises `Fatal` for a reply that is damaged or that has no price.
        """
        now = time.time_ns()
        costs = []
        for folder in _entries(self._folder):
            if len(folder.name) != FOLDER_DIGITS:
                continue
            changed = folder.stat().st_mtime_ns
            last_change, cost = self._sums.get(folder.name, (0, 0.0))
            if last_change != changed:
                cost = math.fsum(self._costs_in(folder.path))
                if now - changed > SETTLED_SECONDS * 1e9:
                    self._sums[folder.name] = changed, cost
            costs.append(cost)
        return math.fsum(costs)

    def _costs_in(self, folder: str) -> Iterator[float]:
        for entry in _entries(folder):
            if not entry.name.endswith(".json"):
                continue
            # A reply that is being retired gets another name. It cannot be missed while the store
            # is locked.
            with contextlib.suppress(FileNotFoundError):
                status = entry.stat()
                file = status.st_ino, status.st_mtime_ns
                if file not in self._costs:
                    self._costs[file] = self._read_cost(Path(entry.path))
                yield self._costs[file]

    def _read_cost(self, path: Path) -> float:
        try:
            reply = read_reply(path)
        except DamagedReply as damaged:
            # Every job of the run adds up the same replies.
            raise Fatal(f"{damaged}; a budget needs to know what it cost") from None
        cost = self._prices.cost(reply.model, reply.usage, batch=reply.batch)
        if cost is None:
            name = reply.model if reply.model.isprintable() else shorten(reply.model)
            raise Fatal(
                f"a budget needs the price of {name}, which gave replies in the "
                f"store, such as {path}: add it to claude.prices or leave claude.budget_usd empty"
            )
        return cost


def _entries(folder: str | Path) -> list[os.DirEntry[str]]:
    """List a folder, and close it before anything can go wrong with an entry."""
    with os.scandir(folder) as entries:
        return list(entries)
