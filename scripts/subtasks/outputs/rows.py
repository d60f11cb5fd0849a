"""Rows of a data file: which frame of which episode each shows, and which subtask.

A slot is what gets one value of a column: the frames of an episode before its first span, or the
frames of one span. Rows are read a few at a time and in any order, so neither the size of a file
nor the order of its episodes matters.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from subtasks.outputs.data_rows import EPISODE, FRAME, MAX_FRAME, TIME, DataRows
from subtasks.segments.segment import Span


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

    def row_runs(self, data: DataRows, row_group: int) -> Iterator[RowRun]:
        """Yield the row runs of a row group in order."""
        for rows in data.read([row_group], [FRAME]):
            slots = self._slots_of(rows)
            stops = np.append(np.flatnonzero(np.diff(slots)) + 1, len(slots))
            slots, counts = slots[stops - 1], np.diff(stops, prepend=0)
            positions = np.searchsorted(self._first, slots, side="right") - 1
            columns = (self._episodes[positions], slots - self._first[positions], counts)
            yield from map(RowRun, *(column.tolist() for column in columns))

    def times(self, data: DataRows) -> dict[int, npt.NDArray[np.float64]]:
        """Return the lowest timestamp in each slot of each episode (seconds).

        It is infinite for a slot without rows.
        """
        lowest = np.full(len(self._starts), np.inf)
        for rows in data.read(range(data.row_groups), [FRAME, TIME]):
            np.fmin.at(lowest, self._slots_of(rows), rows[TIME])
        bounds = pairwise(self._first.tolist())
        return {
            episode: lowest[first:stop]
            for episode, (first, stop) in zip(self._episodes.tolist(), bounds, strict=True)
        }

    def _slots_of(self, rows: Mapping[str, Any]) -> npt.NDArray[np.int64]:
        positions = np.searchsorted(self._episodes, rows[EPISODE])
        keys = positions << 32 | np.clip(rows[FRAME], 0, MAX_FRAME)
        return np.asarray(np.searchsorted(self._starts, keys, side="right") - 1)
