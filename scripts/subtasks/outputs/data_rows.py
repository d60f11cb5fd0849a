"""The columns of a data file that say which frame of which episode a row shows, and when."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from subtasks.errors import Problem
from subtasks.parquet import reading
from subtasks.parquet.whole_numbers import (
    Integers,
    NotWhole,
    is_text,
    may_hold,
    plain,
    shorten_type,
    whole_numbers_or,
)

EPISODE, FRAME, TIME = "episode_index", "frame_index", "timestamp"

ROWS_AT_ONCE = 16_384
TEXT_ROWS_AT_ONCE = 128
"""Rows of a column whose values may be large, such as lists of texts."""

NO_EPISODE = -1
"""The episode of rows that do not say which is theirs."""

MAX_FRAME = (1 << 32) - 1

Seconds = npt.NDArray[np.float64]

_TICKS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DECIMAL = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class Frames:
    """The rows of an episode: `count` of them, and one more than their highest frame_index.

    `fault` says in a clause why they are not each frame once from 0 on, None if they are.
    """

    count: int
    length: int
    fault: str | None


class DataRows:
    """The rows of an open data file.

    With `whole`, all of them are those of that episode, whatever they say; otherwise each is the
    row of the episode in its column episode_index.
    """

    def __init__(self, file: pq.ParquetFile, whole: int | None = None) -> None:
        self._file, self._whole = file, whole

    @property
    def row_groups(self) -> int:
        """The number of row groups."""
        return int(self._file.num_row_groups)

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the columns."""
        return self._file.schema_arrow

    def index_columns(self, *, timed: bool) -> list[str]:
        """Name the columns that are needed to tell the rows apart."""
        return [*([] if self._whole is not None else [EPISODE]), FRAME, *([TIME] if timed else [])]

    def check(self, columns: Iterable[str]) -> None:
        """Raise `Problem` if a column is missing, or of a type that cannot hold its values.

        Of a file without rows nothing is required: the types in it mean nothing.
        """
        schema = self.schema
        if not self._file.metadata.num_rows:
            return
        for name in columns:
            if name not in schema.names:
                raise Problem(f"it has no column {name}, which LeRobot's data files have")
            kind = schema.field(name).type
            if name in (EPISODE, FRAME) and not may_hold(kind):
                raise Problem(f"its column {name} holds {shorten_type(kind)}, not whole numbers")
            if name == TIME and not _may_be_seconds(kind):
                raise Problem(f"its column {name} holds {shorten_type(kind)}, not seconds")

    def frames(self) -> dict[int, Frames]:
        """Count the frames of each episode."""
        counted: dict[int, _Counted] = {}
        for rows in self.read(range(self.row_groups), [FRAME]):
            for episode, mine in _by_episode(rows):
                frames = rows[FRAME][mine]
                counted.setdefault(episode, _Counted()).add(frames, self._file.metadata.num_rows)
        return {episode: found.result() for episode, found in sorted(counted.items())}

    def constant_values(self, column: str) -> Iterator[tuple[int, Any]]:
        """Yield each episode's number and its value of `column`, which all its rows share.

        Raises `Problem` if two rows of an episode differ: one of the values would be lost.
        """
        first: dict[int, pa.Array] = {}
        for rows in self.read(range(self.row_groups), [column], TEXT_ROWS_AT_ONCE):
            for episode, mine in _by_episode(rows):
                found = rows[column].take(pa.array(mine))
                if episode not in first:
                    # Taken and not sliced, so that the rest of its batch can be freed.
                    first[episode] = found.take(pa.array([0]))
                    yield episode, first[episode][0].as_py()
                if not found.equals(first[episode].take(pa.array([0] * len(found)))):
                    raise Problem(
                        f"its column {column} differs between the rows of episode {episode}, but "
                        "must be the same on all of them: repair or remove it, or set "
                        f"output.{column}: false"
                    )

    def read(
        self, row_groups: Iterable[int], columns: Sequence[str], at_once: int = ROWS_AT_ONCE
    ) -> Iterator[dict[str, Any]]:
        """Read columns some rows at a time, always with the number of the rows' episode.

        Episodes and frames are integers (`NO_EPISODE` or -1 where there is none), times are
        seconds (NaN where there is none), other columns are Arrow's. Raises `Problem` if a column
        cannot be used or unpacks to too much.
        """
        names = [*([] if self._whole is not None else [EPISODE]), *columns]
        self.check(names)
        for batch in self._file.iter_batches(at_once, list(row_groups), names, use_threads=False):
            if batch.nbytes > reading.MAX_BATCH_BYTES:
                raise Problem(
                    f"its column {names[-1]} unpacks to {batch.nbytes >> 20} MB in {at_once} rows: "
                    "the file is damaged or malicious"
                )
            if batch.num_rows:
                rows: dict[str, Any] = {name: batch.column(name) for name in columns}
                if self._whole is None:
                    rows[EPISODE] = _whole_numbers(batch.column(EPISODE), EPISODE, NO_EPISODE)
                else:
                    rows[EPISODE] = np.full(batch.num_rows, self._whole, np.int64)
                if FRAME in rows:
                    rows[FRAME] = _whole_numbers(rows[FRAME], FRAME, -1)
                if TIME in rows:
                    rows[TIME] = seconds(rows[TIME])
                yield rows


@dataclass(slots=True)
class _Counted:
    """Which frames of an episode were seen so far."""

    count: int = 0
    lowest: int = MAX_FRAME
    highest: int = -1
    unreadable: int = 0
    seen: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))

    def add(self, frames: Integers, rows: int) -> None:
        """Take the frames of some rows of a file with `rows` rows."""
        self.count += len(frames)
        self.unreadable += int((frames < 0).sum())
        self.lowest = min(self.lowest, int(frames.min()))
        self.highest = max(self.highest, int(frames.max()))
        # An episode has no more frames than its file has rows, so others need not be noted.
        possible = frames[(frames >= 0) & (frames < rows)]
        if len(possible):
            if (needed := int(possible.max()) + 1) > len(self.seen):
                wider = np.zeros(min(max(needed, 2 * len(self.seen)), rows), np.bool_)
                wider[: len(self.seen)] = self.seen
                self.seen = wider
            self.seen[possible] = True

    def result(self) -> Frames:
        """Judge all rows of the episode."""
        fault = None
        wanted = f"but must count from 0 to {self.count - 1}"
        if self.unreadable:
            fault = f"has no whole number in {self.unreadable} of its {self.count} rows, {wanted}"
        elif not self.seen[: self.count].sum() == self.count == self.highest + 1:
            fault = f"goes from {self.lowest} to {self.highest} in its {self.count} rows, {wanted}"
        return Frames(self.count, min(max(self.highest, 0), MAX_FRAME) + 1, fault)


def seconds(array: pa.Array) -> Seconds:
    """Return a column of timestamps in seconds, NaN where there is no number."""
    array = plain(array)
    kind, ticks = array.type, 1
    if is_text(kind):
        texts = (text.strip() if text else "" for text in array.to_pylist())
        numbers = (float(text) if _DECIMAL.fullmatch(text) else np.nan for text in texts)
        return np.fromiter(numbers, np.float64, len(array))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        raise Problem(f"its column {TIME} holds lists of several values, not seconds")
    if pa.types.is_duration(kind):
        array, ticks = array.cast(pa.int64()), _TICKS[kind.unit]
    found: Seconds = array.cast(pa.float64(), safe=False).fill_null(np.nan).to_numpy()
    return found / ticks


def are_rising(times: Seconds) -> bool:
    """Say whether each time is later than the one before, as LeRobot keeps them, with 32 bits.

    Those of a clock that counts from 1970 are equal for minutes.
    """
    with np.errstate(over="ignore"):
        rounded = times.astype(np.float32)
    return bool(np.isfinite(rounded).all() and (np.diff(rounded) > 0).all())


def _may_be_seconds(kind: pa.DataType) -> bool:
    return may_hold(kind) or bool(pa.types.is_duration(kind))


def _whole_numbers(array: pa.Array, name: str, otherwise: int) -> Integers:
    try:
        return whole_numbers_or(array, otherwise)
    except NotWhole as reason:
        raise Problem(f"cannot use its column {name}: {reason}") from None


def _by_episode(rows: dict[str, Any]) -> Iterator[tuple[int, Integers]]:
    """Yield each episode of some rows, with the positions of its rows in order."""
    order = np.argsort(rows[EPISODE], kind="stable")
    episodes, first = np.unique(rows[EPISODE][order], return_index=True)
    yield from zip(episodes.tolist(), np.split(order, first[1:]), strict=True)
