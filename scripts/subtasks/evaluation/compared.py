"""The episodes whose labels can be compared with true ones, as all programs read them that do."""

import argparse
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from subtasks import episode_facts
from subtasks.episode_ranges import format_ranges
from subtasks.errors import Problem
from subtasks.evaluation import truth_file
from subtasks.evaluation.labelled import Stretch, found_stretches, true_stretches
from subtasks.evaluation.truth_file import Truth
from subtasks.segments import corrections, subtask_files
from subtasks.wording import counted

T = TypeVar("T")


@dataclass(frozen=True)
class ComparedFiles:
    """Where true and found labels are, and how long the episodes.

    `truth` is the file that `read_truth` wrote, `subtasks` the folder of the results. Where a
    person has corrected or accepted an episode, `annotated` has what the annotator had said, and
    that is compared. `facts` is the folder of what is known of groups' episodes.
    """

    truth: Path
    subtasks: Path
    annotated: Path
    facts: Path


@dataclass(frozen=True, slots=True)
class ComparedEpisode:
    """Found and true labels of an episode of `length` frames; there are some of both."""

    episode: int
    length: int
    found: tuple[Stretch, ...]
    true: tuple[Stretch, ...]


@dataclass(frozen=True)
class Compared(Generic[T]):
    """A dataset's true labels, and the episodes that have found labels too, in order.

    `episodes` has what was made of each, or the episodes themselves. `notes` are sentences a person
    should read: about the truth, and about which episodes are compared.
    """

    truth: Truth
    episodes: tuple[T, ...]
    notes: tuple[str, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that are the fields of `ComparedFiles`."""
    add = parser.add_argument
    add("--truth", type=Path, required=True, help="JSON file that read_truth.py wrote")
    add("--subtasks", type=Path, required=True, help="folder of the subtasks files")
    add("--annotated", type=Path, required=True, help="folder of what annotators had said")
    add("--facts", type=Path, required=True, help="folder of what is known of groups' episodes")


def read(
    files: ComparedFiles, fps: float, episodes: Collection[int] | None = None
) -> Compared[ComparedEpisode]:
    """Read the episodes, at `fps` frames a second; None for all that are known.

    Raises `Problem` for a file that cannot be read, and if no episode has found and true labels.
    """
    return read_each(files, fps, episodes, lambda each: each)


def read_each(
    files: ComparedFiles,
    fps: float,
    episodes: Collection[int] | None,
    use: Callable[[ComparedEpisode], T],
) -> Compared[T]:
    """Make something of each episode (see `read`), so that not all are in memory at once."""
    truth = truth_file.read(files.truth)
    lengths = _lengths(files.facts)
    account = _Account(_numbers(files.annotated), _numbers(files.annotated.parent))
    found = []
    for number in sorted(lengths if episodes is None else episodes):
        length = lengths.get(number, 0)
        true = true_stretches(truth.episodes.get(number, ()), fps, length)
        folder = files.annotated if number in account.of_annotator else files.subtasks
        labels = _found(folder, number, fps, length)
        account.note(number, bool(labels), bool(true))
        if labels and true:
            found.append(use(ComparedEpisode(number, length, labels, true)))
    if not found:
        raise Problem(
            f"{files.subtasks} and the truth, {truth.origin}, have no labelled episode in common, "
            "so nothing can be compared: see which episodes each has"
        )
    return Compared(truth, tuple(found), (*truth.notes, *account.sentences()))


@dataclass(slots=True)
class _Account:
    """What becomes of the episodes, and which have files of annotators and of people."""

    of_annotator: Collection[int]
    of_people: Collection[int]
    without_truth: list[int] = field(default_factory=list)
    without_labels: list[int] = field(default_factory=list)
    annotated: list[int] = field(default_factory=list)
    corrected: list[int] = field(default_factory=list)

    def note(self, number: int, found: bool, true: bool) -> None:
        """Note what an episode has."""
        if found and true:
            if number in self.of_annotator:
                self.annotated.append(number)
            elif number in self.of_people:
                self.corrected.append(number)
        elif found:
            self.without_truth.append(number)
        elif true:
            self.without_labels.append(number)

    def sentences(self) -> Iterable[str]:
        """Say what a person should know of the episodes."""
        said = (
            (self.without_truth, "labels but no true ones: not compared"),
            (self.without_labels, "true labels but no found ones: not compared"),
            (
                self.annotated,
                "been accepted or corrected by a person: what the annotator had said is compared",
            ),
            (
                self.corrected,
                "been corrected by a person, and what the annotator had said is not known: the "
                "correction is compared",
            ),
        )
        for numbers, sentence in said:
            if numbers:
                has = "has" if len(numbers) == 1 else "have"
                many = counted(len(numbers), "episode")
                yield f"{many} {has} {sentence} ({format_ranges(numbers)})"


def _found(folder: Path, episode: int, fps: float, length: int) -> tuple[Stretch, ...]:
    path = folder / subtask_files.FILE_NAME.format(episode_index=episode)
    try:
        return found_stretches(subtask_files.load(path), fps, length)
    except FileNotFoundError:
        return ()


def _lengths(folder: Path) -> dict[int, int]:
    """Return how many frames each episode has."""
    found: dict[int, int] = {}
    for path in sorted(folder.glob("*.json")):
        found |= {number: facts.length for number, facts in episode_facts.read(path).items()}
    return found


def _numbers(folder: Path) -> frozenset[int]:
    """Return the episodes that have a file in a folder, which need not exist."""
    names = (path.name for path in folder.glob("episode_*.json"))
    return frozenset(number for name in names if (number := corrections.number(name)) is not None)
