"""Steps from one label to the next, and which of them are rare in a dataset.

A step is rare if few of the steps from its first label, and few of those to its second, are as rare
as it is. So nothing is rare where anything may follow anything, however seldom each step is.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

RARE = 0.05
"""A step is rare if at most this share of the steps from and to its labels are as rare."""

RARE_OF_FEW = ((0.82, 0.17), (0.6, 0.1), (0.0, RARE))
"""The same for a step that one or two episodes have: the second number, if the commonest step has
at least the first. Where it is clear what comes next, fewer episodes are enough to say so."""

FEW, MOST = 2, 0.05
"""So many episodes are one or two; at most this share of all may have a step that is rare."""

START, END = "", ""
"""Stand for the start and the end of an episode; no label is empty."""

Step = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Side:
    """All steps from a label, or to it: which share is of steps as rare, by how many have them.

    `commonest` is the share of the commonest step.
    """

    shares: dict[int, float]
    commonest: float

    @classmethod
    def of(cls, counts: Counter[int]) -> Self:
        """Sum up the steps; `counts` says of how many kinds so many episodes have each."""
        total = sum(count * kinds for count, kinds in counts.items())
        shares, below = {}, 0
        for count, kinds in sorted(counts.items()):
            below += count * kinds
            shares[count] = below / total
        return cls(shares, max(counts) / total)


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of a dataset of so many `episodes`, each with the number that have it."""

    episodes: int
    counts: Counter[Step]
    after: dict[str, Side]
    before: dict[str, Side]

    @classmethod
    def of(cls, orders: Iterable[tuple[Sequence[str], int]]) -> Self:
        """Count the steps of orders, each with the number of episodes that have it."""
        counts: Counter[Step] = Counter()
        episodes = 0
        for order, number in orders:
            episodes += number
            for step in set(steps_of(order)):
                counts[step] += number
        after: dict[str, Counter[int]] = {}
        before: dict[str, Counter[int]] = {}
        for (one, other), count in counts.items():
            after.setdefault(one, Counter())[count] += 1
            before.setdefault(other, Counter())[count] += 1
        return cls(
            episodes,
            counts,
            {label: Side.of(each) for label, each in after.items()},
            {label: Side.of(each) for label, each in before.items()},
        )

    def rarity(self, step: Step) -> float | None:
        """Return which share of the steps from or to its labels is as rare as this one.

        None if it is not rare.
        """
        count = self.counts[step]
        if count > max(FEW, MOST * self.episodes):
            return None
        sides = self.after[step[0]], self.before[step[1]]
        share = max(side.shares[count] for side in sides)
        commonest = min(side.commonest for side in sides)
        most = next(most for least, most in RARE_OF_FEW if commonest >= least)
        return share if share <= (most if count <= FEW else RARE) else None


def steps_of(order: Sequence[str]) -> list[Step]:
    """Return the steps of an order, the first from the start and the last to the end."""
    return list(pairwise((START, *order, END)))
