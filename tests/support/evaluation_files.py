"""The files that `score_labels` and its kin read: labels, truth, and how long episodes are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from subtasks import episode_facts, files
from subtasks.episode_facts import EpisodeFacts
from subtasks.evaluation import truth_file
from subtasks.evaluation.compared import ComparedFiles
from subtasks.evaluation.truth_file import TrueSegment, Truth
from subtasks.segments import subtask_files
from subtasks.segments.segment import Segment

FPS = 10
Entries = Sequence[tuple[float, str]]


@dataclass(frozen=True)
class EvaluationFiles:
    """A folder with a dataset's truth and labels."""

    folder: Path

    @property
    def paths(self) -> ComparedFiles:
        """Where they are."""
        return ComparedFiles(
            self.folder / "truth.json",
            self.folder / "subtasks",
            self.folder / "corrections" / "annotated",
            self.folder / "episodes",
        )

    def arguments(self) -> list[object]:
        """Return the options that name them."""
        paths = self.paths
        return [
            *("--truth", paths.truth, "--subtasks", paths.subtasks),
            *("--annotated", paths.annotated, "--facts", paths.facts, "--fps", FPS),
        ]

    def write_truth(
        self, episodes: Mapping[int, Sequence[tuple[float, float, str]]], *notes: str
    ) -> None:
        """Write true segments: start, end, label."""
        settled = {
            number: tuple(TrueSegment(*each) for each in entries)
            for number, entries in episodes.items()
        }
        truth = Truth("my/truth", "folder of JSON files", notes, settled)
        truth_file.write(self.paths.truth, truth)

    def write_labels(self, episodes: Mapping[int, Entries], folder: Path | None = None) -> None:
        """Write found segments: time, label."""
        for number, entries in episodes.items():
            path = (folder or self.paths.subtasks) / subtask_files.FILE_NAME.format(
                episode_index=number
            )
            segments = [Segment(*entry) for entry in entries]
            files.write_text(path, subtask_files.dump(segments))

    def write_facts(self, lengths: Mapping[int, int]) -> None:
        """Write how many frames episodes have, two a group."""
        for first in range(0, max(lengths) + 1, 2):
            group = {
                number: EpisodeFacts("put it away", lengths[number])
                for number in (first, first + 1)
                if number in lengths
            }
            episode_facts.write(self.paths.facts / f"{first:06d}-{first + 1:06d}.json", group)
