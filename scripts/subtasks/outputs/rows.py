"""Rows of a data file: which frame of which episode each is, and which subtask it shows.

A slot is what one value is written for: the frames of an episode before its first span, or
the frames of one span. Rows are read a batch at a time and in any order, so that neither the
size of a file nor how episodes lie in it matters.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from subtasks.errors import Problem
from subtasks.parquet import reading
from subtasks.segments.segment import Span

BATCH = 16_384
TEXTS = 128  # rows of a column of texts, which may be long
_EPISODE, _FRAME, _TIME = "episode_index", "frame_index", "timestamp"
_MAX_FRAME = (1 << 32) - 1


def lengths(file: pq.ParquetFile) -> dict[int, int]:
    """Give each episode's number of frames: one more than its highest frame_index."""
    found: dict[int, int] = {}
    for batch in _batches(file, range(file.num_row_groups), [_EPISODE, _FRAME]):
        episodes, where = np.unique(batch[_EPISODE], return_inverse=True)
        highest = np.zeros(len(episodes), np.int64)
        np.maximum.at(highest, where, batch[_FRAME])
        for episode, frame in zip(episodes.tolist(), highest.tolist(), strict=True):
            found[episode] = max(found.get(episode, 0), frame + 1)
    return dict(sorted(found.items()))


def first_values(file: pq.ParquetFile, column: str) -> Iterator[tuple[int, Any]]:
    """Give each episode's number and what `column` holds in its first row."""
    found: set[int] = set()
    for batch in _batches(file, range(file.num_row_groups), [_EPISODE, column], TEXTS):
        episodes, where = np.unique(batch[_EPISODE], return_index=True)
        for episode, row in zip(episodes.tolist(), where.tolist(), strict=True):
            if episode not in found:
                found.add(episode)
                yield episode, batch[column][row].as_py()


@dataclass(frozen=True, slots=True)
class RowRun:
    """`count` rows that follow each other and show slot `slot`, from 0, of an episode."""

    episode: int
    slot: int
    count: int


class Slots:
    """The slots of a file's episodes.

    `episodes` maps the number of every episode of the file to its spans, which are sorted.
    """

    def __init__(self, episodes: Mapping[int, list[Span]]) -> None:
        self._episodes = np.array(sorted(episodes), np.int64)
        sizes = [1 + len(episodes[episode]) for episode in self._episodes.tolist()]
        # Slots of all episodes are numbered through: where each episode's begin.
        self._first = np.cumsum([0, *sizes])
        # An episode's place and a frame in one number, so that one search finds the slot. Where
        # the first span begins with the episode, the slot before it is never found.
        self._starts = np.fromiter(
            (
                place << 32 | frame
                for place, episode in enumerate(sorted(episodes))
                for frame in (0, *(span.start for span in episodes[episode]))
            ),
            np.int64,
        )

    def runs(self, file: pq.ParquetFile, row_group: int) -> Iterator[RowRun]:
        """Give the runs of a row group in the order of its rows."""
        for batch in _batches(file, [row_group], [_EPISODE, _FRAME]):
            slots = self._of(batch)
            stops = np.append(np.flatnonzero(np.diff(slots)) + 1, len(slots))
            slots, counts = slots[stops - 1], np.diff(stops, prepend=0)
            places = np.searchsorted(self._first, slots, side="right") - 1
            numbers = (self._episodes[places], slots - self._first[places], counts)
            yield from map(RowRun, *(column.tolist() for column in numbers))

    def times(self, file: pq.ParquetFile) -> dict[int, np.ndarray]:
        """Give the lowest timestamp in each slot of each episode, infinity for one without rows."""
        lowest = np.full(len(self._starts), np.inf)
        for batch in _batches(file, range(file.num_row_groups), [_EPISODE, _FRAME, _TIME]):
            np.fmin.at(lowest, self._of(batch), batch[_TIME])
        bounds = pairwise(self._first.tolist())
        return {
            episode: lowest[first:stop]
            for episode, (first, stop) in zip(self._episodes.tolist(), bounds, strict=True)
        }

    def _of(self, batch: dict[str, Any]) -> np.ndarray:
        places = np.searchsorted(self._episodes, batch[_EPISODE])
        return np.searchsorted(self._starts, places << 32 | batch[_FRAME], side="right") - 1


def _batches(
    file: pq.ParquetFile, row_groups: Iterable[int], columns: list[str], rows: int = BATCH
) -> Iterator[dict[str, Any]]:
    """Read some columns; the numbers as numpy arrays without nulls, others as Arrow arrays."""
    _check(file, columns)
    for batch in file.iter_batches(rows, list(row_groups), columns, use_threads=False):
        if batch.nbytes > reading.MAX_BATCH_BYTES:
            raise Problem(
                f"its column {columns[-1]} has texts of {batch.nbytes >> 20} MB in {rows} rows, "
                "which no recording needs: it is damaged or made to harm"
            )
        if batch.num_rows:
            values = dict(zip(columns, (batch.column(name) for name in columns), strict=True))
            values[_EPISODE] = _integers(values[_EPISODE])
            if _FRAME in values:
                values[_FRAME] = np.clip(_integers(values[_FRAME]), 0, _MAX_FRAME)
            if _TIME in values:
                values[_TIME] = pc.fill_null(values[_TIME].cast(pa.float64()), np.nan).to_numpy()
            yield values


def _integers(array: pa.Array) -> np.ndarray:
    """Rows without a number belong to no episode, so they get one that none has."""
    return pc.fill_null(array.cast(pa.int64(), safe=False), -1).to_numpy()


def _check(file: pq.ParquetFile, columns: list[str]) -> None:
    schema = file.schema_arrow
    for name, fits, kind in (
        (_EPISODE, pa.types.is_integer, "integers"),
        (_FRAME, pa.types.is_integer, "integers"),
        (_TIME, pa.types.is_floating, "seconds"),
    ):
        if name in columns and not (name in schema.names and fits(schema.field(name).type)):
            raise Problem(f"its data has no column {name} of {kind}, as LeRobot's has")
