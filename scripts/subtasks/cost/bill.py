"""What labels cost, added up from the tokens that the API counted for each reply.

The cost of a dataset is what the replies behind its labels cost when they arrived: in this run,
in an earlier one, or for another dataset with the same questions. So replies from the store
count too. A reply counts once in a bill, however many episodes share it; the bill of two
datasets may therefore be smaller than the sum of their bills. A retired reply is behind no label
and in no bill: only the store knows its cost.
"""

import math

from subtasks.cost.prices import Prices
from subtasks.questions.outcome import Exchange

INPUT = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
OUTPUT = "output_tokens"


class Bill:
    """The cost of a number of replies, which grows with `add`.

    `tokens` are counts by kind, as the API names them, separately for "live" and "batch". `last`
    is when the latest reply arrived (ISO 8601, UTC), or "" before the first.
    """

    def __init__(self, prices: Prices) -> None:
        self.tokens: dict[str, dict[str, int]] = {}
        self.last = ""
        self._prices = prices
        self._questions: set[str] = set()
        self._costs: list[float] | None = []

    def add(self, exchange: Exchange) -> None:
        """Add a reply, unless the bill has it already."""
        if exchange.question in self._questions:
            return
        self._questions.add(exchange.question)
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
        """The number of replies."""
        return len(self._questions)

    @property
    def dollars(self) -> float | None:
        """The cost in US dollars, or None if a model has no price."""
        return None if self._costs is None else math.fsum(self._costs)

    def count(self, *kinds: str) -> int:
        """Return the tokens of some kinds, live and batch together."""
        return sum(tokens.get(kind, 0) for tokens in self.tokens.values() for kind in kinds)
