"""Command-line options of every program that asks: which model, through whom, for how much."""

import argparse
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from subtasks.api.connection import Connection
from subtasks.cost import prices
from subtasks.cost.budget import Budget
from subtasks.store.replies import ReplyStore


@dataclass(frozen=True)
class SessionOptions:
    """The options; the fields are named like them."""

    model: str
    max_tokens: int
    effort: str | None
    replies: Path
    prices: Path
    budget: float | None
    provider: str
    base_url: str | None
    max_retries: int
    max_wait: float

    def connection(self) -> Connection:
        """Return how the API is reached."""
        return Connection(self.provider, self.base_url, self.max_retries, self.max_wait)

    @contextlib.contextmanager
    def open_store(self) -> Iterator[tuple[ReplyStore, Budget]]:
        """Open the reply store and the budget that is kept in it."""
        with ReplyStore(self.replies) as store:
            yield store, Budget(store, prices.read(self.prices), self.budget)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add = parser.add_argument
    add("--model", required=True, help="name of the model")
    add("--max-tokens", type=int, default=8192, help="maximum length of one answer")
    add("--effort", help="how hard the model thinks; default: no thinking where possible")
    add("--replies", type=Path, required=True, help="folder of the reply store")
    add("--prices", type=Path, required=True, help="price table")
    add("--budget", type=float, help="US dollars that all replies together may cost")
    add("--provider", choices=("anthropic", "bedrock", "vertex"), default="anthropic")
    add("--base-url", help="address of the API; default: the SDK's")
    add("--max-retries", type=int, default=8, help="how often a failed request is sent again")
    add(
        "--max-wait",
        type=float,
        default=600,
        help="longest wait in seconds that the API may ask for",
    )


def add_waiting(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how a program waits for answers."""
    add = parser.add_argument
    add("--api", choices=("live", "batch"), default="live", help="batch: half the price, later")
    add("--poll-seconds", type=float, default=60, help="seconds between polls of a batch")
