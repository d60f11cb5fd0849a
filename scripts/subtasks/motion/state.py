"""The numbers of a robot's state, read from a data file."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from subtasks import files
from subtasks.dataset import episode_rows
from subtasks.dataset.episode_rows import EpisodeRows
from subtasks.errors import Problem
from subtasks.parquet import reading
from subtasks.wording import shorten_text

MAX_WIDTH = 4096
"""Numbers in a row of a robot's state, at most."""

MAX_NUMBER = 1e9
"""The largest number in a robot's state, whatever its unit."""

ROWS_AT_ONCE = 4096
"""Rows unpacked at a time."""

log = logging.getLogger("subtasks")


def read_columns(
    path: Path,
    columns: Sequence[str],
    episode: int,
    most: int | None = None,
    *,
    whole_file: bool = False,
) -> list[np.ndarray]:
    """Read an episode's rows of several columns, as `read_state` does each of them.

    With `whole_file`, all rows are the episode's. Only the first `most` rows are read, if that is
    given. Raises `Problem` also if the file has no rows of the episode, or not one after another.
    """
    files.refuse_lfs_pointer(path)
    rows = episode_rows.find(path, [episode], whole_file=whole_file)[episode]
    first = _first(rows, path, episode)
    stop = first + min(rows.count, most or rows.count)
    found = [read_state(path, column, first, stop) for column in columns]
    if len({len(each) for each in found}) > 1:
        counts = ", ".join(
            f"{len(each)} of {column}" for column, each in zip(columns, found, strict=True)
        )
        raise Problem(f"{path} does not have equally many rows of its columns: {counts}")
    return found


def _first(rows: EpisodeRows, path: Path, episode: int) -> int:
    """Return the first of an episode's rows. Raises `Problem` if its motion cannot be read."""
    advice = "repair the file or exclude the episode"
    if rows.fault is not None:
        raise Problem(f"{path}: {rows.fault}; {advice}")
    if not rows.count:
        raise Problem(f"{path} has no rows of episode {episode}; {advice}")
    if rows.first is None:
        raise Problem(
            f"{path} does not have the rows of episode {episode} one after the other, so its "
            f"motion is unknown; {advice}"
        )
    return rows.first


def read_state(path: Path, column: str, start: int, stop: int) -> np.ndarray:
    """Read rows `start` up to but not including `stop` of `column`: (n, width), finite.

    Only that column and the row groups with these rows are read, a few thousand rows at a time. A
    file that ends early is read to its end, with a warning. Raises `Problem` if the column is
    absent, or if its rows do not all have the same number of finite numbers.
    """
    with reading.opened(path) as file:
        reading.check_values(path, file, [column], path.stat().st_size)
        if column not in file.schema_arrow.names:
            raise Problem(
                f"{path} has no column {column}, although info.json names it; restore the file or "
                "exclude the episode"
            )
        rows = file.metadata.num_rows
        if start >= rows:
            raise Problem(
                f"{path} has {rows} rows, but by the metadata the episode begins at row {start}; "
                "restore the file or exclude the episode"
            )
        if stop > rows:
            log.warning(
                "%s has %d rows, but by the metadata the episode ends at row %d", path, rows, stop
            )
        pieces = [_numbers(piece, path, column) for piece in _pieces(file, column, start, stop)]
    if len({piece.shape[1] for piece in pieces}) > 1:
        raise _refusal(path, column, "its rows are not equally long")
    state = np.concatenate(pieces)
    good = (np.abs(state) <= MAX_NUMBER).all(axis=1)
    if not good.all():
        row = int(np.argmin(good))
        worst = state[row][~(np.abs(state[row]) <= MAX_NUMBER)][0]
        raise _refusal(path, column, f"row {start + row} holds the number {worst}")
    return state


def _pieces(file: pq.ParquetFile, column: str, start: int, stop: int) -> Iterator[pa.Array]:
    """Yield the arrays that together are the rows; there is at least one."""
    counts = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
    ends = np.cumsum(counts)
    groups = [g for g, end in enumerate(ends) if end - counts[g] < stop and end > start]
    row = int(ends[groups[0]] - counts[groups[0]])
    for rows in file.iter_batches(
        ROWS_AT_ONCE, row_groups=groups, columns=[column], use_threads=False
    ):
        low, high = max(start - row, 0), min(stop - row, rows.num_rows)
        if low < high:
            # By name: columns are chosen by prefix, which others may have too.
            yield rows.column(column).slice(low, high - low)
        row += rows.num_rows


def _numbers(array: pa.Array, path: Path, column: str) -> np.ndarray:
    """Return an array's rows as (n, width) numbers; a column of single numbers has width 1."""
    rows, width = len(array), 1
    array = _plain(array)
    if array.null_count:
        raise _refusal(path, column, "a row is missing")
    while isinstance(array, pa.FixedSizeListArray | pa.ListArray | pa.LargeListArray):
        if array.null_count:
            raise _refusal(path, column, "a number is missing")
        lengths = np.unique(array.value_lengths().to_numpy(zero_copy_only=False))
        if len(lengths) > 1:
            raise _refusal(path, column, "its rows are not equally long")
        width *= int(lengths[0])
        if not 0 < width <= MAX_WIDTH:
            raise _refusal(path, column, f"its rows have {width} numbers")
        array = _plain(array.flatten())
    if array.null_count:
        raise _refusal(path, column, "a number is missing")
    kind = array.type
    if pa.types.is_decimal(kind):
        array = array.cast(pa.float64())
    elif pa.types.is_boolean(kind):
        array = array.cast(pa.int8())
    elif not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
        raise _refusal(path, column, f"it holds {shorten_text(str(kind))}, not numbers")
    numbers: np.ndarray = array.to_numpy(zero_copy_only=False).astype(np.float64)
    return numbers.reshape(rows, width)


def _plain(array: pa.Array) -> pa.Array:
    """Return the values of an array that are stored in another form."""
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if isinstance(array, pa.DictionaryArray):
        array = array.dictionary_decode()
    return array


def _refusal(path: Path, column: str, reason: str) -> Problem:
    return Problem(
        f"cannot use {column} in {path}: {reason}; repair the file or exclude the episode"
    )
