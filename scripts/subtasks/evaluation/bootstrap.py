"""Ranges of figures: what other episodes like these could have given.

Episodes are drawn again and again from those there are, each draw as many as there are (Efron &
Tibshirani 1993). How much a figure varies from draw to draw is its standard error, and the range is
that many errors wide as Student's t asks for so few episodes, on a scale that has no ends: the
logit of a share, the logarithm of a distance. Of the ways that were measured this covers the truth
best where there are few episodes or nearly all is right; docs/evaluation.md has the figures.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from subtasks.evaluation.figures import Median, Numbers, Ratio, Scale
from subtasks.evaluation.student import student_quantile

CONFIDENCE = 0.95

DRAWS = 2_000
"""How often episodes are drawn."""

CHUNK = 2_000_000
"""Numbers of an array that is in memory while episodes are drawn."""

SEED = 12
"""The same episodes always give the same ranges."""

DECIMALS = 6

Statistics = tuple[Mapping[str, Ratio], Mapping[str, Median]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and its range of 95 %.

    The figure is None where it is not defined, and has no range if only one episode has it.
    """

    value: float | None
    low: float | None = None
    high: float | None = None


NO_FIGURE = Figure(None)


def figures(
    ratios: Mapping[str, Ratio], medians: Mapping[str, Median], episodes: int
) -> dict[str, Figure]:
    """Compute figures of `episodes` episodes and their ranges."""
    statistics = ratios, medians
    (drawn,) = _drawn([statistics], episodes)
    return {
        name: Figure(_round(each.value), _round(each.low), _round(each.high))
        for name, each in _estimates(statistics, drawn).items()
    }


def differences(one: Statistics, other: Statistics, episodes: int) -> dict[str, Figure]:
    """Compute by how much figures of `other` are above those of `one`, with ranges.

    Both are of the same `episodes` episodes in the same order.
    """
    one_drawn, other_drawn = _drawn([one, other], episodes)
    ones, others = _estimates(one, one_drawn), _estimates(other, other_drawn)
    one_counts, other_counts = _counts(one), _counts(other)
    found = {}
    for name in (name for name in ones if name in others):
        count = min(one_counts[name], other_counts[name])
        reach = _reach(other_drawn[name] - one_drawn[name], count)
        found[name] = _difference(ones[name], others[name], reach)
    return found


@dataclass(frozen=True, slots=True)
class _Estimate:
    """A figure and its range before they are rounded; NaN is not defined.

    `reach` is how far the range would go to both sides on a scale without ends.
    """

    value: float
    reach: float
    low: float
    high: float


def _estimates(statistics: Statistics, drawn: Mapping[str, Numbers]) -> dict[str, _Estimate]:
    ratios, medians = statistics
    values, counts = _values(statistics), _counts(statistics)
    scales = {name: each.scale for name, each in ratios.items()}
    scales |= {name: each.scale for name, each in medians.items()}
    return {
        name: _estimate(values[name], scale, drawn[name], counts[name])
        for name, scale in scales.items()
    }


def _estimate(value: float, scale: Scale, drawn: Numbers, episodes: int) -> _Estimate:
    """Find the range of a figure in which so many episodes have a part."""
    reach = _reach(drawn, episodes)
    if math.isnan(value + reach):
        return _Estimate(value, math.nan, math.nan, math.nan)
    match scale:
        case "share" if 0 < value < 1:
            middle, steps = math.log(value / (1 - value)), reach / (value * (1 - value))
            return _Estimate(value, reach, _share(middle - steps), _share(middle + steps))
        case "distance" if value > 0:
            # Nobody asks for more than a thousand times as far.
            factor = math.exp(min(reach / value, math.log(1000)))
            return _Estimate(value, reach, value / factor, value * factor)
        case _:
            return _Estimate(value, reach, value - reach, value + reach)


def _reach(drawn: Numbers, episodes: int) -> float:
    """Return how far a figure may be from the truth, by how much it varies from draw to draw."""
    known = drawn[~np.isnan(drawn)]
    if episodes < 2 or not len(known):
        return math.nan
    # A draw varies less than new episodes would, by this factor.
    error = float(known.std()) * math.sqrt(episodes / (episodes - 1))
    return student_quantile((1 + CONFIDENCE) / 2, episodes - 1) * error


def _share(logit: float) -> float:
    return 1 / (1 + math.exp(-logit)) if logit > 0 else 1 - 1 / (1 + math.exp(logit))


def _difference(one: _Estimate, other: _Estimate, reach: float) -> Figure:
    """Find the range of a difference, which goes `reach` to both sides on a scale without ends.

    It is stretched as the ranges of the two are, which go further to one side than to the other
    near 0 or 1. For two labellings that have nothing to do with one another this is the range of
    Zou & Donner (2008).
    """
    value = other.value - one.value
    usual = math.hypot(one.reach, other.reach)
    # Where neither of the two varies, nor does the difference.
    stretch = reach / usual if usual else 0.0
    low = value - stretch * math.hypot(other.value - other.low, one.high - one.value)
    high = value + stretch * math.hypot(other.high - other.value, one.value - one.low)
    return Figure(_round(value), _round(low), _round(high))


def _values(statistics: Statistics) -> dict[str, float]:
    """Return the figures; one that is not defined is NaN."""
    ratios, medians = statistics
    found = {
        name: _quotient(float(each.above.sum()), float(each.below.sum()))
        for name, each in ratios.items()
    }
    return found | {name: _median(each.values) for name, each in medians.items()}


def _median(values: Numbers) -> float:
    return float(np.median(values)) if len(values) else math.nan


def _counts(statistics: Statistics) -> dict[str, int]:
    """Return how many episodes have a part in each figure."""
    ratios, medians = statistics
    found = {name: int(np.count_nonzero(each.below)) for name, each in ratios.items()}
    return found | {name: len(np.unique(each.episodes)) for name, each in medians.items()}


def _quotient(above: float, below: float) -> float:
    return above / below if below else math.nan


def _drawn(sides: Sequence[Statistics], episodes: int) -> list[dict[str, Numbers]]:
    """Compute the figures of each side for the same draws of episodes."""
    parts: list[dict[str, list[Numbers]]] = [
        {name: [] for each in side for name in each} for side in sides
    ]
    stacked = [
        (
            _stack([each.above for each in ratios.values()], episodes),
            _stack([each.below for each in ratios.values()], episodes),
            {name: _sorted(each) for name, each in medians.items()},
        )
        for ratios, medians in sides
    ]
    for weights in _weights(episodes):
        for (ratios, _), (above, below, ordered), part in zip(sides, stacked, parts, strict=True):
            with np.errstate(divide="ignore", invalid="ignore"):
                quotients = (weights @ above) / (weights @ below)
            for place, name in enumerate(ratios):
                part[name].append(quotients[:, place])
            for name, each in ordered.items():
                part[name].append(_weighted_medians(each, weights))
    return [
        {name: np.concatenate(each) if each else np.empty(0) for name, each in part.items()}
        for part in parts
    ]


def _stack(columns: Sequence[Numbers], episodes: int) -> Numbers:
    return np.stack(columns, axis=1) if columns else np.empty((episodes, 0))


def _weights(episodes: int) -> Iterator[Numbers]:
    """Give how often each episode is drawn, some draws (rows) at a time."""
    if episodes < 2:
        return
    random = np.random.default_rng(SEED)
    at_once = max(1, min(DRAWS, CHUNK // episodes))
    for first in range(0, DRAWS, at_once):
        rows = min(at_once, DRAWS - first)
        drawn = random.integers(0, episodes, (rows, episodes))
        drawn += episodes * np.arange(rows)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=rows * episodes)
        yield counts.reshape(rows, episodes).astype(np.float64)


def _sorted(median: Median) -> Median:
    order = np.argsort(median.values, kind="stable")
    return Median(median.values[order], median.episodes[order])


def _weighted_medians(ordered: Median, weights: Numbers) -> Numbers:
    """Return the median of the values in each row of weights; NaN for a row without any."""
    found = np.full(len(weights), np.nan)
    if not len(ordered.values):
        return found
    at_once = max(1, CHUNK // len(ordered.values))
    small = weights.astype(np.int32)
    for first in range(0, len(weights), at_once):
        below = np.cumsum(small[first : first + at_once, ordered.episodes], axis=1)
        for row, counts in enumerate(below, start=first):
            if total := counts[-1]:
                # The two in the middle, which are one if the number of values is odd.
                middle = np.searchsorted(counts, [(total + 1) // 2, total // 2 + 1])
                found[row] = ordered.values[middle].mean()
    return found


def _round(value: float) -> float | None:
    # No negative zero.
    return None if math.isnan(value) else round(value, DECIMALS) + 0.0
