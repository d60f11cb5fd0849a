"""The figures of many episodes: each a quotient of two sums over them, or a median.

That is all the ranges need to know: in another draw of episodes the sums are others.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from subtasks.evaluation.borders import TOLERANCES
from subtasks.evaluation.episode_scores import EpisodeScores
from subtasks.evaluation.overlaps import OVERLAPS

MOST_KINDS = 50
"""Kinds of border that are listed: the most frequent ones."""

Numbers = NDArray[np.float64]

Scale = Literal["share", "distance", "signed"]
"""A share from 0 to 1, seconds from 0 on, or seconds of either sign."""


@dataclass(frozen=True, eq=False)
class Ratio:
    """The figure is the sum of `above` over that of `below`; each has a number an episode."""

    above: Numbers
    below: Numbers
    scale: Scale = "share"


@dataclass(frozen=True, eq=False)
class Median:
    """The figure is the median of `values`; `episodes` says of which row each is, from 0."""

    values: Numbers
    episodes: NDArray[np.int64]
    scale: Scale = "distance"


def ratios(episodes: Sequence[EpisodeScores]) -> dict[str, Ratio]:
    """Return all figures that are quotients of sums, by name."""
    pick = _Picker(episodes)
    found: dict[str, Ratio] = {}
    borders = pick(lambda e: e.found_borders), pick(lambda e: e.true_borders)
    for at, tolerance in enumerate(TOLERANCES):
        matched = pick.nth(lambda e: e.matched_borders, at)
        found |= _agreement(f"borders/{tolerance}", matched, *borders)
    pairs = pick(lambda e: sum(each is not None for each in e.border_errors))
    errors = pick(lambda e: sum(each for each in e.border_errors if each is not None))
    sizes = pick(lambda e: sum(abs(each) for each in e.border_errors if each is not None))
    found["border_errors/mean"] = Ratio(sizes, pairs, "distance")
    found["border_errors/bias"] = Ratio(errors, pairs, "signed")
    segments = pick(lambda e: e.found_segments), pick(lambda e: e.true_segments)
    for at, overlap in enumerate(OVERLAPS):
        matched = pick.nth(lambda e: e.matched_segments, at)
        found |= _agreement(f"segments/{overlap}", matched, *segments)
        matched = pick.nth(lambda e: e.labelled_segments, at)
        found |= _agreement(f"labelled_segments/{overlap}", matched, *segments)
    found["edit"] = Ratio(pick(lambda e: e.edit), pick(lambda e: 1))
    found["frame_accuracy"] = Ratio(pick(lambda e: e.right_frames), pick(lambda e: e.true_frames))
    compared = pick(lambda e: e.label_pairs)
    found["label_accuracy"] = Ratio(pick(lambda e: e.same_labels), compared)
    if any(each.judged_labels is not None for each in episodes):
        judged = pick(lambda e: e.label_pairs if e.judged_labels is not None else 0)
        found["judged_accuracy"] = Ratio(pick(lambda e: e.judged_labels or 0), judged)
    return found | _wgo_bench(pick)


def medians(episodes: Sequence[EpisodeScores]) -> dict[str, Median]:
    """Return all figures that are medians, by name."""
    rows = [
        (abs(error), row)
        for row, each in enumerate(episodes)
        for error in each.border_errors
        if error is not None
    ]
    values = np.array([error for error, _ in rows], np.float64)
    return {"border_errors/median": Median(values, np.array([row for _, row in rows], np.int64))}


def kinds(episodes: Sequence[EpisodeScores]) -> dict[str, tuple[int, int]]:
    """Return the kinds of true borders, each with how many there are and how many are matched.

    The most frequent comes first; at most `MOST_KINDS` are listed.
    """
    all_of = Counter(kind for each in episodes for kind in each.border_kinds)
    matched = Counter(kind for each in episodes for kind, _ in _matched(each))
    ordered = sorted(all_of, key=lambda kind: (-all_of[kind], kind))[:MOST_KINDS]
    return {kind: (all_of[kind], matched[kind]) for kind in ordered}


def kind_ratios(episodes: Sequence[EpisodeScores], wanted: Iterable[str]) -> dict[str, Ratio]:
    """Return bias and mean error of each kind of border, by `<kind>/bias` and `<kind>/error`."""
    places = {kind: place for place, kind in enumerate(wanted)}
    pairs, errors, sizes = (np.zeros((len(places), len(episodes))) for _ in range(3))
    for row, each in enumerate(episodes):
        for kind, error in _matched(each):
            if kind in places:
                place = places[kind]
                pairs[place, row] += 1
                errors[place, row] += error
                sizes[place, row] += abs(error)
    found = {}
    for kind, place in places.items():
        found[f"{kind}/bias"] = Ratio(errors[place], pairs[place], "signed")
        found[f"{kind}/error"] = Ratio(sizes[place], pairs[place], "distance")
    return found


def _matched(episode: EpisodeScores) -> Iterable[tuple[str, float]]:
    """Give the kinds and errors of the borders that were found."""
    for kind, error in zip(episode.border_kinds, episode.border_errors, strict=True):
        if error is not None:
            yield kind, error


@dataclass(frozen=True, slots=True)
class _Picker:
    """Makes an array of one number of each episode."""

    episodes: Sequence[EpisodeScores]

    def __call__(self, number: Callable[[EpisodeScores], float]) -> Numbers:
        return np.array([number(each) for each in self.episodes], np.float64)

    def nth(self, numbers: Callable[[EpisodeScores], Sequence[float]], at: int) -> Numbers:
        return self(lambda each: numbers(each)[at])


def _agreement(name: str, matched: Numbers, found: Numbers, true: Numbers) -> dict[str, Ratio]:
    return {
        f"{name}/precision": Ratio(matched, found),
        f"{name}/recall": Ratio(matched, true),
        f"{name}/f1": Ratio(2 * matched, found + true),
    }


def _wgo_bench(pick: _Picker) -> dict[str, Ratio]:
    found, true = pick(lambda e: e.wgo_bench.found), pick(lambda e: e.wgo_bench.true)
    matched, right = pick(lambda e: e.wgo_bench.matched), pick(lambda e: e.wgo_bench.right)
    return {
        "wgo_bench/segmentation_f1": Ratio(2 * matched, found + true),
        "wgo_bench/label_accuracy": Ratio(right, matched),
        "wgo_bench/end_to_end_f1": Ratio(2 * right, found + true),
    }
