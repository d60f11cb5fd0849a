"""An order of labels that is unlike the other episodes'.

Two things are looked at: steps from one label to the next that are rare after the one and before
the other, and the distance to the nearest order that several episodes have. Both are judged by
what the dataset itself varies: where no order repeats, none is odd.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from subtasks.checks.edits import Edit, distance, edits
from subtasks.checks.finding import Finding, Kind, quantile, quoted, surprise
from subtasks.checks.labelled import Labelled

Order = tuple[str, ...]

RARE_STEP, RARE_IF_CLEAR = 0.05, 0.1
"""A step is odd if at most this share of the steps from and to its labels are as rare; the second
where it is clear which label comes next."""

CLEAR = 0.6
"""Share of the steps from a label, and to the next, that the commonest has where that is clear."""

FEWEST_ALIKE, MOST_ALIKE = 2, 0.05
"""So many episodes, or this share of all, may have a step that is odd."""

FEWEST_OF_TASK = 8
"""Episodes of a task from which on their orders are compared with one another alone."""

MOST_ORDERS = 30
"""Orders of a task that others are compared with, the commonest."""

COMMON = 0.5
"""Share of a task's episodes that must have one of its common orders for the others to be odd."""

ODD_ORDER = 0.1
"""An order is odd if at most this share of its task is as far from the common ones."""

MOST_ODD, BEYOND = 0.15, 1.5
"""Where a larger share of the episodes has odd orders, orders vary: those that are odd then are
so many times odder."""

MOST_EDITS = 2
"""Differences to the nearest common order that a sentence names."""

MOST_SCORE = 6.0
"""The score of an order, at most."""

START, END = "", ""
"""Stand for the start and the end of an episode; no label is empty."""


@dataclass(slots=True)
class Steps:
    """How often one label follows another: episodes by step, and by the number that have it."""

    episodes: int
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    after: dict[str, Counter[int]] = field(default_factory=dict)
    before: dict[str, Counter[int]] = field(default_factory=dict)

    def rarity(self, step: tuple[str, str]) -> float | None:
        """Return which share of the steps from or to its labels is as rare as this one.

        None if it is not rare enough to be odd.
        """
        count = self.counts[step]
        if count > max(FEWEST_ALIKE, MOST_ALIKE * self.episodes):
            return None
        share, clear = 0.0, 1.0
        for side in (self.after[step[0]], self.before[step[1]]):
            total = sum(n * kinds for n, kinds in side.items())
            share = max(share, sum(n * kinds for n, kinds in side.items() if n <= count) / total)
            clear = min(clear, max(side) / total)
        return share if share <= (RARE_IF_CLEAR if clear >= CLEAR else RARE_STEP) else None


@dataclass(slots=True)
class Usual:
    """What is usual: steps in the whole dataset, and for each task its common orders.

    `far` says how many edits the orders of a task are away from these, sorted. Scores up to `least`
    are usual.
    """

    steps: Steps
    common: dict[str, list[tuple[Order, int]]] = field(default_factory=dict)
    far: dict[str, list[int]] = field(default_factory=dict)
    least: float = 0.0


def order_of(each: Labelled) -> Order:
    """Return the labels of an episode in order, without mistakes."""
    return tuple(label for label, _ in each.order)


def measure(episodes: Sequence[Labelled]) -> Usual:
    """Find what is usual in a dataset."""
    orders = [(each.task, order_of(each)) for each in episodes]
    steps = Steps(len(episodes))
    for _, order in orders:
        steps.counts.update(set(_steps(order)))
    for (one, other), count in steps.counts.items():
        steps.after.setdefault(one, Counter())[count] += 1
        steps.before.setdefault(other, Counter())[count] += 1
    by_task: dict[str, Counter[Order]] = {}
    for task, order in orders:
        by_task.setdefault(task, Counter())[order] += 1
    usual = Usual(steps)
    for task, counts in by_task.items():
        if counts.total() < FEWEST_OF_TASK:
            continue
        common = [(order, n) for order, n in counts.most_common(MOST_ORDERS) if n > 1]
        if sum(n for _, n in common) < COMMON * counts.total():
            continue
        usual.common[task] = sorted(common, key=lambda each: (-each[1], each[0]))
        usual.far[task] = sorted(
            far for order, n in counts.items() for far in [_nearest(order, common)[0]] * n
        )
    scores = sorted(_judged(task, order, usual).score for task, order in orders)
    if scores:
        usual.least = BEYOND * quantile(scores, 1 - MOST_ODD)
    return usual


def _steps(order: Order) -> list[tuple[str, str]]:
    return list(pairwise((START, *order, END)))


def _nearest(order: Order, common: Sequence[tuple[Order, int]]) -> tuple[int, Order]:
    """Return how many edits the nearest common order is away, and that order."""
    counts = dict(common)
    if order in counts:
        return 0, order
    nearest, best = None, order
    for other, _ in common:
        far = distance(order, other)
        if nearest is None or far < nearest:
            nearest, best = far, other
    return nearest or 0, best


@dataclass(frozen=True, slots=True)
class Judged:
    """How odd an order is: its rare steps (share, place), and the nearest that is common."""

    score: float
    rare: tuple[tuple[float, int], ...]
    nearest: Order


def _judged(task: str, order: Order, usual: Usual) -> Judged:
    rare = tuple(
        (share, place)
        for place, step in enumerate(_steps(order))
        if (share := usual.steps.rarity(step)) is not None
    )
    score, nearest = sum(surprise(share) for share, _ in rare), order
    if common := usual.common.get(task):
        far, nearest = _nearest(order, common)
        spread = usual.far[task]
        share = (len(spread) - bisect_left(spread, far)) / len(spread)
        if far and share <= ODD_ORDER:
            score = max(score, surprise(share))
    return Judged(score, rare, nearest)


def check(each: Labelled, usual: Usual) -> Iterator[Finding]:
    """Say how the order of an episode's labels is odd, in one finding at most."""
    order, times = order_of(each), [time for _, time in each.order]
    if not order:
        return
    judged = _judged(each.task, order, usual)
    if judged.score > usual.least:
        time, sentence = _described(order, times, judged, usual.steps)
        yield Finding(Kind.ORDER, min(judged.score, MOST_SCORE), time, sentence)


def _described(
    order: Order, times: Sequence[float], judged: Judged, steps: Steps
) -> tuple[float, str]:
    """Say what is odd, and when: the difference to the nearest common order, or the rarest step."""
    differences = edits(order, judged.nearest)
    if differences and (len(differences) <= MOST_EDITS or not judged.rare):
        place = min(differences[0].place, len(times) - 1)
        return times[place], " and ".join(_difference(each) for each in differences[:MOST_EDITS])
    _, place = min(judged.rare)
    return times[min(place, len(times) - 1)], _step(_steps(order)[place], steps)


def _difference(edit: Edit) -> str:
    match edit:
        case Edit(has=None, lacks=str(label), after=None):
            return f"{quoted(label)} is missing at the start"
        case Edit(has=None, lacks=str(label), after=str(after)):
            return f"{quoted(label)} is missing after {quoted(after)}"
        case Edit(has=str(label), lacks=None, after=None):
            return f"others do not begin with {quoted(label)}"
        case Edit(has=str(label), lacks=None, after=str(after)):
            return f"others have no {quoted(label)} after {quoted(after)}"
        case Edit(has=str(label), lacks=str(other)) if label == other:
            return f"{quoted(label)} comes earlier or later than in others"
        case Edit(has=str(label), lacks=str(other)):
            return f"{quoted(label)} stands where others have {quoted(other)}"
    raise AssertionError(edit)


def _step(step: tuple[str, str], steps: Steps) -> str:
    one, other = step
    count = steps.counts[step]
    how = "only this episode" if count == 1 else f"only {count} episodes"
    have = "has" if count == 1 else "have"
    if one == START:
        return f"{how} {have} {quoted(other)} first"
    if other == END:
        return f"{how} {have} {quoted(one)} last"
    return f"{how} {have} {quoted(other)} right after {quoted(one)}"
