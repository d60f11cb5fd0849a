"""The labels of a LeRobot dataset, in its data or in its metadata."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from subtasks.dataset import dataset as datasets
from subtasks.dataset.dataset import Dataset
from subtasks.dataset.episode import RemoteFile
from subtasks.errors import Problem
from subtasks.truth import frame_columns, sarm, table
from subtasks.truth.frame_columns import Bring
from subtasks.truth.written import WrittenTruth
from subtasks.wording import counted

SEGMENTS = "meta/segments.parquet"

LOOKED_FOR = "response, subtask_index, language_persistent, SARM's columns, meta/segments.parquet"


def read(
    root: Path,
    origin: str,
    bring: Bring | None = None,
    remote: Mapping[str, RemoteFile] | None = None,
) -> WrittenTruth:
    """Read the labels of a dataset; of several kinds, the first that has any.

    If only the metadata is in `root`, `remote` has the other files and `bring` fetches them. Raises
    `Problem` if it is no dataset or has no labels.
    """
    dataset = datasets.load(root, samples=False, remote=remote)
    bring = bring or (lambda path, columns: root / path)
    faults: list[str] = []
    for column in frame_columns.present(dataset):
        found = frame_columns.read(dataset, column, bring)
        faults += found.faults
        if found.segments:
            seconds = {number: count / dataset.fps for number, count in found.frames.items()}
            form, notes = f"column {column}", _notes(found.faults)
            return WrittenTruth(origin, form, found.segments, notes, dataset.fps, seconds)
    seconds = _lengths(dataset)
    column, segments = sarm.read(root)
    if segments:
        form = f"column {column} of meta/episodes"
        return WrittenTruth(origin, form, segments, (), dataset.fps, seconds)
    if (root / SEGMENTS).is_file():
        return table.read(root / SEGMENTS, origin, dataset.fps)
    raise Problem(
        f"{origin} is a LeRobot dataset without labels: none of {LOOKED_FOR}"
        + (f"; {faults[0]}" if faults else "")
    )


def _notes(faults: Sequence[str]) -> tuple[str, ...]:
    """Say which files could not be read."""
    if not faults:
        return ()
    more = f", and {counted(len(faults) - 1, 'other file')} likewise" if len(faults) > 1 else ""
    return (f"{faults[0]}{more}: the episodes in it are left out",)


def _lengths(dataset: Dataset) -> dict[int, float]:
    """Return how many seconds each episode has, by the metadata."""
    return {number: each.length / dataset.fps for number, each in dataset.episodes.items()}
