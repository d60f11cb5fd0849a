"""The scores of a dataset's labels: figures over all its episodes, each with its range."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from subtasks.evaluation import bootstrap, figures
from subtasks.evaluation.bootstrap import NO_FIGURE, Figure
from subtasks.evaluation.episode_scores import EpisodeScores

DECIMALS = 3
"""Decimals of the seconds of a whole dataset."""

MOST_CONFUSIONS = 2_000
"""Pairs of labels that are listed: those with the most seconds."""


@dataclass(frozen=True, slots=True)
class KindOfBorder:
    """True borders at which one kind of subtask begins, such as `grasp`.

    `matched` of the `borders` were found within the largest tolerance. Those were found `bias`
    seconds too late on average (too early, if negative), and `error` seconds away.
    """

    kind: str
    borders: int
    matched: int
    bias: Figure
    error: Figure


@dataclass(frozen=True, slots=True)
class Scores:
    """How good a dataset's labels are, over `episodes` episodes of `duration` seconds.

    `origin` and `form` say what the truth is. `figures` has the figures by name, such as
    `borders/0.5/f1`; docs/evaluation.md lists them. `confusion` has the true label, the found one
    and how many seconds had both, the longest first. `notes` are sentences a person should read.
    """

    dataset: str
    origin: str
    form: str
    episodes: int
    duration: float
    notes: tuple[str, ...] = ()
    figures: Mapping[str, Figure] = field(default_factory=dict)
    kinds: tuple[KindOfBorder, ...] = ()
    confusion: tuple[tuple[str, str, float], ...] = ()

    def figure(self, name: str) -> Figure:
        """Return a figure by its name; one that was not computed has no value."""
        return self.figures.get(name, NO_FIGURE)


def compute(
    dataset: str, origin: str, form: str, episodes: Iterable[EpisodeScores], notes: Sequence[str]
) -> Scores:
    """Compute the scores of a dataset from the counts of its episodes, in whatever order."""
    ordered = sorted(episodes, key=lambda each: each.episode)
    kinds = figures.kinds(ordered)
    ratios = figures.ratios(ordered)
    of_kinds = figures.kind_ratios(ordered, kinds)
    found = bootstrap.figures(
        ratios | {f"kinds/{name}": each for name, each in of_kinds.items()},
        figures.medians(ordered),
        len(ordered),
    )
    return Scores(
        dataset,
        origin,
        form,
        len(ordered),
        round(sum(each.duration for each in ordered), DECIMALS),
        tuple(notes),
        {name: each for name, each in found.items() if not name.startswith("kinds/")},
        tuple(
            KindOfBorder(
                kind, borders, matched, found[f"kinds/{kind}/bias"], found[f"kinds/{kind}/error"]
            )
            for kind, (borders, matched) in kinds.items()
        ),
        confusion(ordered)[:MOST_CONFUSIONS],
    )


def confusion(episodes: Iterable[EpisodeScores]) -> tuple[tuple[str, str, float], ...]:
    """Return true label, found label and how many seconds had both, the longest first."""
    seconds: dict[tuple[str, str], float] = defaultdict(float)
    for each in episodes:
        for true, found, length in each.confusion:
            seconds[true, found] += length
    ordered = sorted(seconds.items(), key=lambda item: (-item[1], item[0]))
    return tuple((true, found, round(length, DECIMALS)) for (true, found), length in ordered)
