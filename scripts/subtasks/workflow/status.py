"""How far the episodes of a dataset have come, by the files that are there.

Each folder is listed once and nothing is opened but the outcomes of batches that have episodes
without labels. Whether a file is up to date is not looked at: that is a dry run's work.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from subtasks.dataset.dataset import Dataset
from subtasks.episode_ranges import format_ranges
from subtasks.store import outcome_files
from subtasks.wording import counted
from subtasks.workflow import paths
from subtasks.workflow.config import Config
from subtasks.workflow.groups import episodes_of, groups_of


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage on the way of the episodes.

    `left` are selected episodes that have not come so far, `failed` those of them that were
    tried without success.
    """

    name: str
    left: list[int]
    failed: list[int]


class Listing:
    """The files that are there, by listing every folder that is asked about once."""

    def __init__(self) -> None:
        self._names: dict[str, frozenset[str]] = {}

    def __contains__(self, path: str) -> bool:
        folder, _, name = path.rpartition("/")
        if folder not in self._names:
            try:
                with os.scandir(folder) as entries:
                    self._names[folder] = frozenset(entry.name for entry in entries)
            except OSError:
                self._names[folder] = frozenset()
        return name in self._names[folder]


def stages(dataset: Dataset, config: Config) -> list[Stage]:
    """Find how far the selected episodes have come; the stages in their order.

    What lies in `work` may be deleted at any time: an episode with labels has been answered and
    sampled, whatever is left of that. Raises `Problem` for a damaged outcomes file.
    """
    there = Listing()
    selected = [*dataset.episodes, *dataset.absent]
    result = f"{config['results']}/{dataset.name}"
    labelled = {e for e in dataset.episodes if paths.subtasks_file(dataset, config, e) in there}
    written = {e for e in labelled if f"{result}/{dataset.episodes[e].data}" in there}
    found = [_stage("source there", selected, dataset.episodes)]
    if config["annotator"] == "claude":
        answered, failed = _answers(dataset, config, labelled, there)
        sampled = {e for e in dataset.episodes if paths.frames_file(dataset, config, e) in there}
        found += [
            _stage("frames sampled", selected, sampled | answered | failed),
            _stage("answered", selected, answered, failed),
        ]
    return [*found, _stage("labelled", selected, labelled), _stage("written", selected, written)]


def report(datasets: Mapping[str, Dataset], config: Config, *, names: bool) -> str:
    """Tell people about all datasets; `names` lists the episodes that remain at each stage."""
    return "\n\n".join(_paragraph(dataset, config, names) for dataset in datasets.values())


def _answers(
    dataset: Dataset, config: Config, labelled: set[int], there: Listing
) -> tuple[set[int], set[int]]:
    """Give the episodes with an answer, and those whose outcome says why there is none."""
    answered, failed = set(labelled), set[int]()
    for name in groups_of(dataset, config):
        path = paths.outcomes_file(dataset, config, name)
        open_episodes = set(episodes_of(dataset, name)) - labelled
        if open_episodes and path in there:
            for outcome in outcome_files.read(Path(path)):
                if outcome.episode in open_episodes:
                    (answered if outcome.answer is not None else failed).add(outcome.episode)
    return answered, failed


def _stage(
    name: str, selected: Iterable[int], reached: Iterable[int], failed: Iterable[int] = ()
) -> Stage:
    return Stage(name, sorted(set(selected) - set(reached)), sorted(failed))


def _paragraph(dataset: Dataset, config: Config, names: bool) -> str:
    total = len(dataset.episodes) + len(dataset.absent)
    lines = [f"{dataset.name}: {counted(total, 'episode')} selected"]
    for stage in stages(dataset, config):
        line = f"  {stage.name:15s} {total - len(stage.left):>9,}"
        if stage.left:
            line += f"  {len(stage.left):>9,} remain"
        if stage.failed:
            line += f", {len(stage.failed):,} of them failed"
        lines.append(line)
        if names and stage.left:
            lines.append(f"    remain: {format_ranges(stage.left)}")
        if names and stage.failed:
            lines.append(f"    failed: {format_ranges(stage.failed)}")
    return "\n".join(lines)
