"""Settings side by side: how good the labels of each are, what they cost, and how they differ."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from pathlib import Path
from typing import Any

from subtasks import files
from subtasks.errors import Problem
from subtasks.evaluation import differences, scores
from subtasks.evaluation.bootstrap import Figure
from subtasks.evaluation.episode_scores import EpisodeScores
from subtasks.wording import counted

SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Labelled:
    """What a run has made: `settings` are those that differ between runs, by dotted keys.

    `episodes` are the counts of those that could be scored. The labels of all episodes of the run
    cost `usd` dollars, 0 if no model was asked and None if that is not known.
    """

    name: str
    settings: Mapping[str, str]
    episodes: Sequence[EpisodeScores]
    usd: float | None


@dataclass(frozen=True, slots=True)
class Run:
    """One of the settings that are compared.

    `episodes` is how many it has labels for. `figures` are over those that all runs have, by the
    names of `Scores.figures`; `difference` are these minus those of the first run, None for that.
    """

    name: str
    settings: Mapping[str, str]
    episodes: int
    usd: float | None
    usd_per_hour: float | None
    figures: Mapping[str, Figure]
    difference: Mapping[str, Figure] | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The runs of a dataset, over `episodes` episodes that all of them have labels for.

    `seconds` is the length of all episodes that each run was to label. `notes` are sentences a
    person should read.
    """

    dataset: str
    episodes: int
    seconds: float
    runs: tuple[Run, ...]
    notes: tuple[str, ...] = ()


def compare(dataset: str, seconds: float, labelled: Sequence[Labelled]) -> Comparison:
    """Compare runs over the episodes that all of them have; raises `Problem` if there are none."""
    numbers = [{each.episode for each in run.episodes} for run in labelled]
    common = reduce(set.__and__, numbers)
    if not common:
        raise Problem(
            f"{dataset}: no episode has labels of all runs, so nothing can be compared: see the "
            "end of the run for what failed"
        )
    kept = [[each for each in run.episodes if each.episode in common] for run in labelled]
    hours = seconds / SECONDS_PER_HOUR
    runs = tuple(
        Run(
            name=run.name,
            settings=run.settings,
            episodes=len(run.episodes),
            usd=run.usd,
            usd_per_hour=None if run.usd is None else run.usd / hours,
            figures=scores.compute(dataset, "", "", episodes, ()).figures,
            difference=None if place == 0 else differences.differences(kept[0], episodes),
        )
        for place, (run, episodes) in enumerate(zip(labelled, kept, strict=True))
    )
    return Comparison(dataset, len(common), seconds, runs, tuple(_notes(numbers, labelled)))


def _notes(numbers: Sequence[set[int]], labelled: Sequence[Labelled]) -> list[str]:
    everything = set().union(*numbers)
    return [
        f"{run.name} has no labels for {counted(len(everything - own), 'episode')}, which are not "
        "compared"
        for own, run in zip(numbers, labelled, strict=True)
        if own != everything
    ]


def write(path: Path, comparison: Comparison) -> None:
    """Write a comparison as JSON, the whole file or nothing."""
    files.write_json(path, asdict(comparison))


def read(path: Path) -> Comparison:
    """Read a comparison. Raises `Problem` for a damaged file."""
    stored = files.read_json(path)
    try:
        runs = tuple(_run(each) for each in stored.pop("runs"))
        return Comparison(**{**stored, "runs": runs, "notes": tuple(stored["notes"])})
    except (TypeError, KeyError, AttributeError):
        raise Problem(f"{path} is damaged: remove it and run again") from None


def _run(stored: Mapping[str, Any]) -> Run:
    difference = stored["difference"]
    return Run(
        **{
            **stored,
            "figures": _figures(stored["figures"]),
            "difference": None if difference is None else _figures(difference),
        }
    )


def _figures(stored: Mapping[str, Any]) -> dict[str, Figure]:
    return {name: Figure(**each) for name, each in stored.items()}
