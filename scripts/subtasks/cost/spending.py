"""What the replies in a store have cost so far."""

import contextlib
import json
import logging
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path

from subtasks.cost.prices import Prices
from subtasks.errors import Problem

# A folder that changed so recently may change once more without a new time.
SETTLED_SECONDS = 2.0
FOLDER_DIGITS = 2

log = logging.getLogger("subtasks")


class Spending:
    """What the replies in a store cost, each read once; those that were retired as well."""

    def __init__(self, folder: Path, prices: Prices) -> None:
        self._folder = folder
        self._prices = prices
        self._costs: dict[tuple[int, int], float] = {}
        self._sums: dict[str, tuple[int, float]] = {}

    def dollars(self) -> float:
        """Sum up, reading what is new. Raises `Problem` for a reply that has no price."""
        now = time.time_ns()
        total = []
        for folder in os.scandir(self._folder):
            if len(folder.name) != FOLDER_DIGITS:
                continue
            changed = folder.stat().st_mtime_ns
            seen, cost = self._sums.get(folder.name, (0, 0.0))
            if seen != changed:
                cost = math.fsum(self._replies(folder.path))
                if now - changed > SETTLED_SECONDS * 1e9:
                    self._sums[folder.name] = changed, cost
            total.append(cost)
        return math.fsum(total)

    def _replies(self, folder: str) -> Iterator[float]:
        for entry in os.scandir(folder):
            if not entry.name.endswith(".json"):
                continue
            # One that has just been retired has another name; it is found when all others wait.
            with contextlib.suppress(FileNotFoundError):
                found = entry.stat()
                file = found.st_ino, found.st_mtime_ns
                if file not in self._costs:
                    self._costs[file] = self._cost(Path(entry.path))
                yield self._costs[file]

    def _cost(self, path: Path) -> float:
        try:
            reply = json.loads(path.read_text(encoding="utf-8"))
            model = reply["model"]
            cost = self._prices.cost(model, reply["usage"], batch=bool(reply.get("batch")))
        except (ValueError, KeyError, TypeError):
            raise Problem(f"the stored reply {path} is damaged: remove it to ask again") from None
        if cost is None:
            raise Problem(
                f"a budget needs the price of {model}, which has answered before: add it to "
                "claude.prices or leave claude.budget_usd empty"
            )
        return cost
