"""How often the ranges of simulated datasets cover what is true of all episodes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from subtasks.evaluation import bootstrap, figures
from subtasks.evaluation.bootstrap import Figure
from subtasks.evaluation.episode_scores import EpisodeScores
from subtasks.evaluation.figures import Median, Ratio

NAMES = (
    "borders/0.25/f1",
    "borders/1.0/f1",
    "segments/0.5/f1",
    "labelled_segments/0.5/f1",
    "edit",
    "frame_accuracy",
    "label_accuracy",
    "border_errors/mean",
    "border_errors/bias",
    "border_errors/median",
)


class Population:
    """Many episodes, whose figures are the truth, and from which small datasets are drawn."""

    def __init__(self, episodes: Sequence[EpisodeScores]) -> None:
        self.size = len(episodes)
        self._ratios = {
            name: each for name, each in figures.ratios(episodes).items() if name in NAMES
        }
        self._medians = figures.medians(episodes)
        (median,) = self._medians.values()
        starts = np.searchsorted(median.episodes, np.arange(self.size + 1))
        self._errors = [median.values[start:stop] for start, stop in pairwise(starts)]
        self.truth = bootstrap._values((self._ratios, self._medians))

    def dataset(self, drawn: Sequence[int]) -> tuple[dict[str, Ratio], dict[str, Median]]:
        ratios = {
            name: Ratio(each.above[drawn], each.below[drawn], each.scale)
            for name, each in self._ratios.items()
        }
        errors = [self._errors[number] for number in drawn]
        rows = np.repeat(np.arange(len(drawn)), [len(each) for each in errors])
        return ratios, {name: Median(np.concatenate(errors), rows) for name in self._medians}


@dataclass(frozen=True)
class Coverage:
    """The shares of datasets whose ranges cover the truth, by figure.

    `single` is of figures, `paired` of differences of two labellings, and `plain` of figures with
    the plain quantiles of the draws as their ranges.
    """

    single: dict[str, float]
    paired: dict[str, float]
    plain: dict[str, float]


def coverage(
    one: Population, other: Population, episodes: int, datasets: int, seed: int
) -> Coverage:
    """Draw datasets of so many episodes and see which ranges cover the truth."""
    random = np.random.default_rng(seed)
    single, paired, plain = (dict.fromkeys(NAMES, 0) for _ in range(3))
    for _ in range(datasets):
        numbers = random.integers(0, one.size, episodes)
        first, second = one.dataset(numbers), other.dataset(numbers)
        for name, figure in bootstrap.figures(*first, episodes).items():
            single[name] += _covers(figure, one.truth[name])
        for name, figure in bootstrap.differences(first, second, episodes).items():
            paired[name] += _covers(figure, other.truth[name] - one.truth[name])
        (drawn,) = bootstrap._drawn([first], episodes)
        for name, each in drawn.items():
            figure = Figure(0.0, *np.nanquantile(each, [0.025, 0.975]))
            plain[name] += _covers(figure, one.truth[name])
    return Coverage(
        *(
            {name: count / datasets for name, count in counts.items()}
            for counts in (single, paired, plain)
        )
    )


def _covers(figure: Figure, truth: float) -> bool:
    if figure.low is None or figure.high is None:
        return False
    return figure.low - 1e-6 <= truth <= figure.high + 1e-6
