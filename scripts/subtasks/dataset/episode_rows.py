"""The rows of episodes in a data file, found by what the rows say of themselves.

Metadata that contradicts the rows is common: episodes that were renumbered, cut off or counted
anew. So before an episode is asked about, its rows are looked for by their own `episode_index`;
only where a data file is one episode, its rows are the episode's whatever they say. Labels are
written by `frame_index`, which therefore has to count an episode's frames.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from subtasks.dataset.column_names import EPISODE, FRAME, TASK
from subtasks.errors import Problem
from subtasks.parquet import reading
from subtasks.parquet.whole_numbers import NotWhole, whole_numbers, whole_numbers_or

ROWS_AT_ONCE = 65_536

NONE = -1
"""Stands for a cell without a whole number, which is its own row's trouble."""

Integers = npt.NDArray[np.int64]


@dataclass(slots=True)
class EpisodeRows:
    """The rows of an episode: how many, and what is remarkable about them.

    `first` is the first of them in the file, None if they do not follow one another in the order
    of their frames. `fault` says in a clause why their frames cannot be told apart, None if they
    can. `tasks` are the numbers of their tasks in the order in which they appear. `others` are
    different numbers of episodes that the rows give themselves.
    """

    count: int = 0
    first: int | None = None
    fault: str | None = None
    tasks: list[int] = field(default_factory=list)
    others: list[int] = field(default_factory=list)


def find(path: Path, episodes: Sequence[int], *, whole_file: bool) -> dict[int, EpisodeRows]:
    """Find the rows of some episodes; with `whole_file`, all rows are those of the only one.

    Raises `Problem` for a file that cannot be read, or in which no row says whose it is.
    """
    named, reason = whole_file, None
    found = {episode: _Collected() for episode in episodes}
    with reading.opened(path) as file:
        names = file.schema_arrow.names
        needed = [FRAME] if whole_file else [EPISODE, FRAME]
        for name in needed:
            if name not in names:
                raise Problem(f"{path} has no column {name}, which LeRobot's data files have")
        columns = [name for name in (EPISODE, FRAME, TASK) if name in names]
        for row, batch, numbers in _read(path, file, columns, whole_file=whole_file):
            frames = batch.column(FRAME)
            if whole_file:
                [collected] = found.values()
                collected.add(row, frames, numbers, np.arange(len(frames)))
                continue
            named = named or bool((numbers[EPISODE] != NONE).any())
            reason = reason or (None if named else _reason(batch.column(EPISODE)))
            for episode in np.intersect1d(numbers[EPISODE], episodes).tolist():
                rows = np.flatnonzero(numbers[EPISODE] == episode)
                found[episode].add(row, frames, numbers, rows)
    if reason is not None and not named:
        raise Problem(f"cannot use {EPISODE} in {path}: {reason}; restore it")
    return {episode: collected.result(episode) for episode, collected in found.items()}


@dataclass(slots=True)
class _Collected:
    """What was read of one episode so far, piece by piece."""

    rows: list[Integers] = field(default_factory=list)
    frames: list[Integers] = field(default_factory=list)
    tasks: dict[int, None] = field(default_factory=dict)
    numbers: set[int] = field(default_factory=set)
    unreadable: str | None = None

    def add(self, row: int, frames: pa.Array, numbers: dict[str, Integers], rows: Integers) -> None:
        """Take the rows at these positions of a piece that begins at `row`.

        `frames` are the piece's frame_index as they are stored, to say which of them is no number.
        """
        self.rows.append(row + rows)
        self.frames.append(numbers[FRAME][rows])
        if (self.frames[-1] == NONE).any():
            self.unreadable = self.unreadable or _reason(frames.take(pa.array(rows)))
        for name, keep in ((TASK, self.tasks.setdefault), (EPISODE, self.numbers.add)):
            if name in numbers:
                values, first = np.unique(numbers[name][rows], return_index=True)
                for value in values[np.argsort(first)].tolist():
                    if value != NONE:
                        keep(value)

    def result(self, episode: int) -> EpisodeRows:
        """Judge all rows of the episode."""
        if not self.rows:
            return EpisodeRows()
        rows, frames = np.concatenate(self.rows), np.concatenate(self.frames)
        count = len(rows)
        in_order = bool((frames == np.arange(count)).all())
        follow = bool((np.diff(rows) == 1).all())
        fault = None
        if self.unreadable is not None:
            fault = f"its {FRAME} cannot be used: {self.unreadable}"
        elif not in_order and not (np.sort(frames) == np.arange(count)).all():
            fault = (
                f"its {FRAME} goes from {frames.min()} to {frames.max()} in {count} rows, but must "
                f"count from 0 to {count - 1}"
            )
        return EpisodeRows(
            count=count,
            first=int(rows[0]) if in_order and follow else None,
            fault=fault,
            tasks=list(self.tasks),
            others=sorted(self.numbers - {episode}),
        )


def _read(
    path: Path, file: pq.ParquetFile, columns: list[str], *, whole_file: bool
) -> Iterator[tuple[int, pa.RecordBatch, dict[str, Integers]]]:
    """Yield piece by piece the row with which it begins, its cells, and their numbers."""
    reading.check_values(path, file, columns, path.stat().st_size)
    # What a whole file says of its episode is only remarked, and tasks are only looked up.
    optional = (TASK, EPISODE) if whole_file else (TASK,)
    row = 0
    for batch in file.iter_batches(ROWS_AT_ONCE, columns=columns, use_threads=False):
        numbers = {}
        for name in columns:
            try:
                numbers[name] = whole_numbers_or(batch.column(name), NONE)
            except NotWhole as reason:
                if name not in optional:
                    raise Problem(f"cannot use {name} in {path}: {reason}; restore it") from None
        if batch.num_rows:
            yield row, batch, numbers
        row += batch.num_rows


def _reason(array: pa.Array) -> str | None:
    """Say in a clause which value is no whole number, None if all are."""
    try:
        whole_numbers(array)
    except NotWhole as reason:
        return str(reason)
    return None
