"""What labels cost, summed from what the API counted for each reply.

The cost of a dataset is what the replies behind its labels cost when they arrived: in this run,
in an earlier one, or for another dataset that asked the same. A reply from the store was paid
for as well. It counts once in a bill, however many episodes share it; so a bill of two datasets
may be smaller than their two bills together. An answer that was asked for again after a failure
is no longer behind any label: it stands in the store alone.
"""

import math

from subtasks.cost.prices import Prices
from subtasks.questions.outcome import Exchange

INPUT = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
OUTPUT = "output_tokens"


class Bill:
    """A sum of replies; `add` puts one more on it.

    `tokens` are counts by kind, as the API names them, for "live" and "batch" apart; `last` is
    when the latest reply arrived, as ISO 8601 in UTC, "" where there is none.
    """

    def __init__(self, prices: Prices) -> None:
        self.tokens: dict[str, dict[str, int]] = {}
        self.last = ""
        self._prices = prices
        self._known: set[str] = set()
        self._costs: list[float] | None = []

    def add(self, exchange: Exchange) -> None:
        """Put a reply on the bill, unless it is there."""
        if exchange.question in self._known:
            return
        self._known.add(exchange.question)
        tokens = self.tokens.setdefault("batch" if exchange.batch else "live", {})
        for kind, count in exchange.usage.items():
            tokens[kind] = tokens.get(kind, 0) + count
        cost = self._prices.cost(exchange.model, exchange.usage, batch=exchange.batch)
        if cost is None:
            self._costs = None
        elif self._costs is not None:
            self._costs.append(cost)
        self.last = max(self.last, exchange.received)

    @property
    def replies(self) -> int:
        """Number of replies."""
        return len(self._known)

    @property
    def dollars(self) -> float | None:
        """US dollars; None where a model has no price."""
        return None if self._costs is None else math.fsum(self._costs)

    def count(self, *kinds: str) -> int:
        """Tokens of some kinds, live and batch together."""
        return sum(tokens.get(kind, 0) for tokens in self.tokens.values() for kind in kinds)
