"""The vocabularies of datasets whose labels are unified, and what they do not know yet.

Rules ask for thousands of episodes, so a file is read again only when it has changed.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from subtasks.dataset.dataset import Dataset
from subtasks.errors import Problem
from subtasks.latest import Latest
from subtasks.questions.answers import EpisodeLimits
from subtasks.questions.guidance import Guidance
from subtasks.questions.unification import labels_said
from subtasks.segments import vocabulary_files
from subtasks.segments.vocabulary import Vocabulary
from subtasks.store import outcome_files
from subtasks.workflow import rule_params
from subtasks.workflow.config import Config
from subtasks.workflow.groups import group_name, group_size, groups_of
from subtasks.workflow.paths import File, Paths
from subtasks.workflow.plan import Plan

T = TypeVar("T")
Said = dict[int, tuple[str, ...]]
"""What the model calls the subtasks of each episode, in order."""


def check(plan: Plan, config: Config, warn: Callable[[str], None], *, in_storage: bool) -> None:
    """Raise `Problem` for a vocabulary that cannot be used.

    `in_storage` says that `work` is in object storage, where labels cannot be looked at while
    jobs are planned.
    """
    if not (config.asks_claude and config.labels.unify):
        return
    if in_storage:
        raise Problem("config: labels.unify needs work on this machine, and not in object storage")
    for name in plan:
        if config.unifies(plan.labels[name]):
            vocabulary_files.read(Path(Paths.of(config).fill(File.VOCABULARY, name)))
        else:
            warn(f"{name}: labels.unify changes nothing, because its vocabulary is a closed list")


class SaidLabels:
    """What the model has said about the episodes of a dataset, and which labels stand for it."""

    def __init__(self, name: str, plan: Plan, config: Config) -> None:
        self._dataset = plan[name]
        guidance = json.dumps(rule_params.guidance(plan.labels[name]))
        self._guidance = Guidance.from_json(guidance)
        paths = Paths.of(config)
        self._size = group_size(config.claude)
        self._groups: dict[str, Latest[Said]] = {
            group: Latest(Path(paths.fill(File.OUTCOMES, name, group=group)), self._read_outcomes)
            for group in groups_of(self._dataset, config.claude)
        }
        path = Path(paths.fill(File.VOCABULARY, name))
        self._vocabulary = Latest(path, vocabulary_files.read)

    @property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary as it is now; empty where the file is damaged."""
        return _present(self._vocabulary, Vocabulary())

    def has_asked(self, episode: int) -> bool:
        """Whether an episode has been asked about, with or without an answer."""
        return episode in self._said(episode)

    def entries(self, episode: int) -> dict[str, str | None]:
        """Return what an episode's labels depend on: the label for each of the model's words.

        It is None for words that the vocabulary does not know.
        """
        said = self._said(episode).get(episode, ())
        return {words: self.vocabulary.label(words) for words in sorted(set(said))}

    def unknown(self) -> list[str]:
        """Return all words that the vocabulary does not know, sorted."""
        groups = (_present(each, {}) for each in self._groups.values())
        said = (words for group in groups for labels in group.values() for words in labels)
        return sorted(self.vocabulary.unknown(said))

    def _said(self, episode: int) -> Said:
        return _present(self._groups[group_name(episode, self._size)], {})

    def _read_outcomes(self, path: Path) -> Said:
        return dict(said_in(path, self._dataset, self._guidance))


def said_in(
    path: Path, dataset: Dataset, guidance: Guidance
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Read from a group's outcomes what the model calls the subtasks of each selected episode.

    Raises `Problem` for a damaged file.
    """
    for outcome in outcome_files.read(path):
        if (episode := dataset.episodes.get(outcome.episode)) is not None:
            limits = EpisodeLimits(dataset.fps, episode.length, guidance)
            yield outcome.episode, labels_said(outcome.answer, limits)


def _present(latest: Latest[T], without: T) -> T:
    """Return what a file says now.

    `without` stands for a missing or damaged one: whoever works with it says what is wrong.
    """
    try:
        return latest.get()
    except (OSError, Problem):
        return without
