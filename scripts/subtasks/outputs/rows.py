"""Rows of a data file: which frame of which episode each shows, and which subtask.

A slot is what gets one value of a column: the frames of an episode before its first span, or the
frames of one span. Rows are read a few at a time and in any order, so neither the size of a file
nor the order of its episodes matters.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from subtasks.errors import Problem
from subtasks.parquet import reading
from subtasks.segments.segment import Span

ROWS_AT_ONCE = 16_384
TEXT_ROWS_AT_ONCE = 128
"""Rows of a column whose values may be large, such as lists of texts."""

_EPISODE, _FRAME, _TIME = "episode_index", "frame_index", "timestamp"
_MAX_FRAME = (1 << 32) - 1


def lengths(file: pq.ParquetFile) -> dict[int, int]:
    """Return the number of frames of each episode: one more than its highest frame_index."""
    found: dict[int, int] = {}
    for rows in _read(file, range(file.num_row_groups), [_EPISODE, _FRAME]):
        episodes, inverse = np.unique(rows[_EPISODE], return_inverse=True)
        highest = np.zeros(len(episodes), np.int64)
        np.maximum.at(highest, inverse, rows[_FRAME])
        for episode, frame in zip(episodes.tolist(), highest.tolist(), strict=True):
            found[episode] = max(found.get(episode, 0), frame + 1)
    return dict(sorted(found.items()))


def first_values(file: pq.ParquetFile, column: str) -> Iterator[tuple[int, Any]]:
    """Yield each episode's number and the value of `column` in its first row."""
    found: set[int] = set()
    for rows in _read(file, range(file.num_row_groups), [_EPISODE, column], TEXT_ROWS_AT_ONCE):
        episodes, first = np.unique(rows[_EPISODE], return_index=True)
        for episode, row in zip(episodes.tolist(), first.tolist(), strict=True):
            if episode not in found:
                found.add(episode)
                yield episode, rows[column][row].as_py()


@dataclass(frozen=True, slots=True)
class RowRun:
    """`count` consecutive rows that show the same slot of an episode; slots count from 0."""

    episode: int
    slot: int
    count: int


class Slots:
    """The slots of a file's episodes.

    `episodes` maps the number of every episode of the file to its spans, which are sorted.
    """

    def __init__(self, episodes: Mapping[int, list[Span]]) -> None:
        self._episodes = np.array(sorted(episodes), np.int64)
        counts = [1 + len(episodes[episode]) for episode in self._episodes.tolist()]
        # The slots of all episodes have consecutive numbers; these are the first of each episode.
        self._first = np.cumsum([0, *counts])
        # The position of an episode and a frame are one number, so that one search finds a slot.
        # If the first span starts at frame 0, the slot before it is never found.
        self._starts = np.fromiter(
            (
                position << 32 | frame
                for position, episode in enumerate(sorted(episodes))
                for frame in (0, *(span.start for span in episodes[episode]))
            ),
            np.int64,
        )

    def row_runs(self, file: pq.ParquetFile, row_group: int) -> Iterator[RowRun]:
        """Yield the row runs of a row group in order."""
        for rows in _read(file, [row_group], [_EPISODE, _FRAME]):
            slots = self._slots_of(rows)
            stops = np.append(np.flatnonzero(np.diff(slots)) + 1, len(slots))
            slots, counts = slots[stops - 1], np.diff(stops, prepend=0)
            positions = np.searchsorted(self._first, slots, side="right") - 1
            columns = (self._episodes[positions], slots - self._first[positions], counts)
            yield from map(RowRun, *(column.tolist() for column in columns))

    def times(self, file: pq.ParquetFile) -> dict[int, npt.NDArray[np.float64]]:
        """Return the lowest timestamp in each slot of each episode (seconds).

        It is infinite for a slot without rows.
        """
        lowest = np.full(len(self._starts), np.inf)
        for rows in _read(file, range(file.num_row_groups), [_EPISODE, _FRAME, _TIME]):
            np.fmin.at(lowest, self._slots_of(rows), rows[_TIME])
        bounds = pairwise(self._first.tolist())
        return {
            episode: lowest[first:stop]
            for episode, (first, stop) in zip(self._episodes.tolist(), bounds, strict=True)
        }

    def _slots_of(self, rows: Mapping[str, Any]) -> npt.NDArray[np.int64]:
        positions = np.searchsorted(self._episodes, rows[_EPISODE])
        keys = positions << 32 | rows[_FRAME]
        return np.asarray(np.searchsorted(self._starts, keys, side="right") - 1)


def _read(
    file: pq.ParquetFile, row_groups: Iterable[int], columns: list[str], at_once: int = ROWS_AT_ONCE
) -> Iterator[dict[str, Any]]:
    """Read columns some rows at a time: numbers as numpy arrays without nulls, others as Arrow's.

    Raises `Problem` if a column is missing, has the wrong type or unpacks to too much.
    """
    _check_types(file, columns)
    for batch in file.iter_batches(at_once, list(row_groups), columns, use_threads=False):
        if batch.nbytes > reading.MAX_BATCH_BYTES:
            raise Problem(
                f"its column {columns[-1]} unpacks to {batch.nbytes >> 20} MB in {at_once} rows: "
                "the file is damaged or malicious"
            )
        if batch.num_rows:
            rows = {name: batch.column(name) for name in columns}
            rows[_EPISODE] = _integers(rows[_EPISODE])
            if _FRAME in rows:
                rows[_FRAME] = np.clip(_integers(rows[_FRAME]), 0, _MAX_FRAME)
            if _TIME in rows:
                rows[_TIME] = pc.fill_null(rows[_TIME].cast(pa.float64()), np.nan).to_numpy()
            yield rows


def _integers(array: pa.Array) -> Any:
    """Convert to numpy. Rows without an episode's number get -1, which no episode has."""
    return pc.fill_null(array.cast(pa.int64(), safe=False), -1).to_numpy()


def _check_types(file: pq.ParquetFile, columns: list[str]) -> None:
    schema = file.schema_arrow
    for name, fits, kind in (
        (_EPISODE, pa.types.is_integer, "integers"),
        (_FRAME, pa.types.is_integer, "integers"),
        (_TIME, pa.types.is_floating, "seconds"),
    ):
        if name in columns and not (name in schema.names and fits(schema.field(name).type)):
            raise Problem(f"it has no column {name} of {kind}, which LeRobot's data files have")
