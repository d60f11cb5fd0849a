"""How far the episodes of a dataset have come, judged by the files that exist.

Each folder is listed once and nothing is opened but the outcomes of groups that have episodes
without labels. Whether a file is up to date is not checked: that is what a dry run does.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from subtasks.dataset.dataset import Dataset
from subtasks.episode_ranges import format_ranges
from subtasks.segments import corrections
from subtasks.store import outcome_files
from subtasks.tables import format_table
from subtasks.wording import counted
from subtasks.workflow.config import Config
from subtasks.workflow.groups import episodes_of, groups_of
from subtasks.workflow.paths import File, Paths


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
    """The files that exist, found by listing each folder once."""

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

    Files in `work` may be deleted at any time: an episode with labels counts as answered and
    sampled, whatever is left of that. Raises `Problem` for a damaged outcomes file.
    """
    existing = Listing()
    paths = Paths.of(config)

    def with_file(file: File) -> set[int]:
        return {
            e for e in dataset.episodes if paths.fill(file, dataset.name, episode=e) in existing
        }

    selected = dataset.selected
    labelled = with_file(File.SUBTASKS)
    written = {
        episode
        for episode in labelled
        if paths.fill(File.RESULT, dataset.name, file=dataset.episodes[episode].data) in existing
    }
    found = [_stage("source present", selected, dataset.episodes)]
    if config.asks_claude:
        answered, failed = _answers(dataset, config, File.OUTCOMES, labelled, existing)
        found += [
            _stage("frames sampled", selected, with_file(File.FRAMES) | answered | failed),
            _stage("answered", selected, answered, failed),
        ]
        if config.labels.refines:
            refined = _answers(dataset, config, File.REFINED, labelled, existing)
            found.append(_stage("borders refined", selected, *refined))
    seen = corrections.reviewed(Path(paths.folder(File.CORRECTION, dataset.name)))
    return [
        *found,
        _stage("labelled", selected, labelled),
        _stage("written", selected, written),
        _stage("reviewed", selected, seen.accepted | seen.corrected),
    ]


def report(datasets: Mapping[str, Dataset], config: Config) -> str:
    """Describe all datasets; `status.list` also names the episodes that remain at each stage."""
    return "\n\n".join(_paragraph(dataset, config) for dataset in datasets.values())


def _answers(
    dataset: Dataset, config: Config, file: File, labelled: set[int], existing: Listing
) -> tuple[set[int], set[int]]:
    """Return the episodes with an answer, and those whose outcome says why there is none.

    `file` is the kind of outcomes files that is read.
    """
    answered, failed = set(labelled), set[int]()
    for group in groups_of(dataset, config.claude):
        path = Paths.of(config).fill(file, dataset.name, group=group)
        without_labels = set(episodes_of(dataset, group)) - labelled
        if without_labels and path in existing:
            for outcome in outcome_files.read(Path(path)):
                if outcome.episode in without_labels:
                    (answered if outcome.answer is not None else failed).add(outcome.episode)
    return answered, failed


def _stage(
    name: str, selected: Iterable[int], reached: Iterable[int], failed: Iterable[int] = ()
) -> Stage:
    return Stage(name, sorted(set(selected) - set(reached)), sorted(failed))


def _paragraph(dataset: Dataset, config: Config) -> str:
    total = len(dataset.selected)
    found = stages(dataset, config)
    width = len(f"{max(len(each.left) for each in found):,}")
    rows = [
        (f"  {each.name}", f"{total - len(each.left):,}", _remaining(each, width)) for each in found
    ]
    table = format_table(rows, align="<><")
    lines = [f"{dataset.name}: {counted(total, 'episode')} selected"]
    for line, stage in zip(table.splitlines(), found, strict=True):
        lines.append(line)
        if config.status.list and stage.left:
            lines.append(f"    remaining: {format_ranges(stage.left)}")
        if config.status.list and stage.failed:
            lines.append(f"    failed: {format_ranges(stage.failed)}")
    return "\n".join(lines)


def _remaining(stage: Stage, width: int) -> str:
    if not stage.left:
        return ""
    failed = f", {len(stage.failed):,} of them failed" if stage.failed else ""
    return f"{len(stage.left):>{width},} remaining{failed}"
