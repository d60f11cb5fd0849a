"""An order of labels that is unlike the other episodes'.

Two things are looked at: steps from one label to the next that are rare (see `steps`), and the
distance to the nearest order that several episodes of the task have. Both are judged by how much
the dataset itself varies: where no order repeats, none is odd.

Labels that differ in their objects are different labels. Where they are too rare to say anything,
their first words still do: whoever lifts the mug has grasped it.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from subtasks.checks.edits import Edit, distance, edits
from subtasks.checks.finding import Finding, Kind, quoted, surprise
from subtasks.checks.labelled import Labelled, first_word
from subtasks.checks.steps import END, START, Step, Steps, steps_of

Order = tuple[str, ...]

FEWEST_OF_TASK = 8
"""Episodes of a task from which on their orders are compared with one another."""

MOST_ORDERS = 30
"""Orders of a task that others are compared with, the commonest."""

COMMON = 0.5
"""Share of a task's episodes that must have one of its common orders for the others to be odd."""

ODD_ORDER = 0.1
"""An order is odd if at most this share of its task is as far from the common ones."""

FEW_ODD, MOST_ODD, BEYOND = 3, 0.15, 1.5
"""Where more episodes than so many, and a larger share of them, have odd orders, orders vary: those
that are odd then are so many times odder."""

MOST_EDITS = 2
"""Differences to the nearest common order that a sentence names."""

MOST_SCORE = 6.0
"""The score of an order, at most."""


@dataclass(frozen=True, slots=True)
class RareStep:
    """The step at a place of an order: its share of comparable ones, and how many have it.

    `step` has labels, or their first words if only these are rare enough to be odd.
    """

    share: float
    place: int
    step: Step
    count: int


@dataclass(frozen=True, slots=True)
class Judged:
    """How odd an order is: its rare steps, and the nearest order that is common."""

    score: float
    rare: tuple[RareStep, ...]
    nearest: Order


@dataclass(slots=True)
class Usual:
    """All orders of a dataset, by task, judged; scores up to `least` are usual."""

    judged: dict[tuple[str, Order], Judged] = field(default_factory=dict)
    least: float = 0.0


def order_of(each: Labelled) -> Order:
    """Return the labels of an episode in order, without mistakes."""
    return tuple(label for label, _ in each.order)


def measure(episodes: Sequence[Labelled]) -> Usual:
    """Find what is usual in a dataset, and judge each of its orders by that."""
    tasks: dict[str, Counter[Order]] = {}
    for each in episodes:
        if order := order_of(each):
            tasks.setdefault(each.task, Counter())[order] += 1
    all_orders = [found for counts in tasks.values() for found in counts.items()]
    by_label = Steps.of(all_orders)
    by_word = Steps.of((_words(order), number) for order, number in all_orders)
    usual = Usual()
    scores: list[float] = []
    for task, counts in tasks.items():
        common, spread = _common(counts)
        for order, number in counts.items():
            judged = _judged(order, by_label, by_word, common, spread)
            usual.judged[task, order] = judged
            scores += [judged.score] * number
    allowed = max(FEW_ODD, int(MOST_ODD * len(scores)))
    if len(scores) > allowed:
        usual.least = BEYOND * sorted(scores, reverse=True)[allowed]
    return usual


def _words(order: Order) -> Order:
    return tuple(map(first_word, order))


def _common(counts: Counter[Order]) -> tuple[list[Order], list[int]]:
    """Return the common orders of a task, and the distances of all its episodes to them, sorted.

    Nothing where there are too few episodes, or where orders vary.
    """
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    common = [(order, number) for order, number in ordered[:MOST_ORDERS] if number > 1]
    if counts.total() < FEWEST_OF_TASK:
        return [], []
    if sum(number for _, number in common) < COMMON * counts.total():
        return [], []
    orders = [order for order, _ in common]
    spread = [far for order, n in counts.items() for far in [_nearest(order, orders)[0]] * n]
    return orders, sorted(spread)


def _nearest(order: Order, common: Sequence[Order]) -> tuple[int, Order]:
    """Return how many edits the nearest common order is away, and that order."""
    if order in common:
        return 0, order
    return min(((distance(order, other), other) for other in common), key=lambda each: each[0])


def _judged(
    order: Order, by_label: Steps, by_word: Steps, common: Sequence[Order], spread: Sequence[int]
) -> Judged:
    rare = []
    both = zip(steps_of(order), steps_of(_words(order)), strict=True)
    for place, (labels, words) in enumerate(both):
        for steps, step in ((by_label, labels), (by_word, words)):
            if (share := steps.rarity(step)) is not None:
                rare.append(RareStep(share, place, step, steps.counts[step]))
                break
    score, nearest = sum(surprise(each.share) for each in rare), order
    if common:
        far, nearest = _nearest(order, common)
        share = (len(spread) - bisect_left(spread, far)) / len(spread)
        if far and share <= ODD_ORDER:
            score = max(score, surprise(share))
    return Judged(score, tuple(rare), nearest)


def check(each: Labelled, usual: Usual) -> Iterator[Finding]:
    """Say how the order of an episode's labels is odd, in one finding at most."""
    order = order_of(each)
    judged = usual.judged.get((each.task, order))
    if judged is not None and judged.score > usual.least:
        times = [time for _, time in each.order]
        place, sentence = _described(order, judged)
        time = times[min(place, len(times) - 1)]
        yield Finding(Kind.ORDER, min(judged.score, MOST_SCORE), time, sentence)


def _described(order: Order, judged: Judged) -> tuple[int, str]:
    """Say where and what is odd: the difference to the nearest common order, or the rarest step."""
    differences = edits(order, judged.nearest)
    if differences and (len(differences) <= MOST_EDITS or not judged.rare):
        sentence = " and ".join(_difference(each) for each in differences[:MOST_EDITS])
        return differences[0].place, sentence
    rarest = min(judged.rare, key=lambda each: (each.share, each.place))
    return rarest.place, _step(rarest)


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


def _step(rare: RareStep) -> str:
    who = "only this episode has" if rare.count == 1 else f"only {rare.count} episodes have"
    match rare.step:
        case (str(one), str(other)) if one == START:
            return f"{who} {quoted(other)} first"
        case (str(one), str(other)) if other == END:
            return f"{who} {quoted(one)} last"
        case (one, other):
            return f"{who} {quoted(other)} right after {quoted(one)}"
