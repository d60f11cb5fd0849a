"""Whether the outputs can be written into a dataset, judged by one of its data files.

This is looked at before anything is asked. It finds what is wrong with all of a dataset's files;
what is wrong with one episode is found when its rows are checked.
"""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from subtasks.dataset import originals
from subtasks.errors import Problem
from subtasks.outputs import columns, data_rows, registry, subtask_index
from subtasks.outputs.data_rows import EPISODE, TEXT_ROWS_AT_ONCE, TIME, DataRows
from subtasks.outputs.output import Column
from subtasks.parquet import reading
from subtasks.parquet.whole_numbers import Integers, NotWhole, whole_numbers, whole_numbers_or

ROWS = 1000
"""Rows that are read of a column of numbers."""

BATCHES = 16
"""Batches that are read of a column that has language already."""


def check(path: Path, outputs: Sequence[str], *, overwrite: bool, version: str) -> None:
    """Raise `Problem` if the outputs cannot be written into the dataset of a data file.

    `outputs` are names of the registry, `version` is the dataset's `codebase_version`. The
    sentence names files by their paths in the dataset.
    """
    root = _root(path)
    try:
        _check(path, root, outputs, overwrite=overwrite, whole=_is_whole(version))
    except Problem as problem:
        raise Problem(str(problem).replace(f"{root}/", "")) from None
    except OSError as error:
        name = path.relative_to(root) if path.is_relative_to(root) else path
        raise Problem(f"{name}: {error.strerror or error}; restore it") from None


def _is_whole(version: str) -> bool:
    """Say whether a data file of this version is one episode."""
    return version.removeprefix("v").startswith("2")


def _root(path: Path) -> Path:
    for folder in path.parents:
        if folder.name == originals.FOLDER:
            return folder.parent
    return next((f for f in path.parents if (f / "meta/info.json").is_file()), path.parent)


def _check(path: Path, root: Path, outputs: Sequence[str], *, overwrite: bool, whole: bool) -> None:
    wanted = [_column(name) for name in outputs if registry.OUTPUTS[name].column is not None]
    with reading.opened(path) as file:
        data = DataRows(file, 0 if whole else None)
        needed = data.index_columns(timed=any(column.timed for column in wanted))
        present = [column for column in wanted if column.name in data.schema.names]
        names = [*needed, *(column.name for column in present)]
        reading.check_values(path, file, names, path.stat().st_size)
        try:
            data.check(needed)
            for name in needed:
                _check_numbers(file, name)
            for column in present:
                _check_existing(data, column, overwrite=overwrite)
        except Problem as problem:
            raise Problem(f"{path}: {problem}") from None
    if subtask_index.OUTPUT.name in outputs:
        table = str(subtask_index.OUTPUT.table)
        existing = originals.original(root, table)
        if existing.is_file() and table not in originals.added(root):
            subtask_index.read(existing)


def _column(name: str) -> Column:
    make = registry.OUTPUTS[name].column
    if make is None or name == subtask_index.OUTPUT.name:
        # Its table does not exist yet, and nothing but its name is needed.
        return Column(name, None, lambda _: [])
    return make(None)


def _check_numbers(file: pq.ParquetFile, name: str) -> None:
    """Raise `Problem` if a column has no usable number in the first rows."""
    for batch in file.iter_batches(ROWS, columns=[name], use_threads=False):
        if batch.num_rows:
            array = batch.column(name)
            if name == TIME:
                _check_clock(data_rows.seconds(array))
            elif (whole_numbers_or(array, -1) < 0).all():
                _refuse(name, array)
            return


def _refuse(name: str, array: pa.Array) -> NoReturn:
    try:
        whole_numbers(array)
    except NotWhole as reason:
        raise Problem(f"cannot use its column {name}: {reason}") from None
    raise Problem(f"cannot use its column {name}: it has only negative numbers")


def _check_clock(times: data_rows.Seconds) -> None:
    turn_off = "repair it, or set output.language_persistent: false"
    times = times[np.isfinite(times)]
    if not len(times):
        raise Problem(f"its column {TIME} has no numbers: {turn_off}")
    first, last = times.min(), times.max()
    if len(times) > 1 and not data_rows.are_rising(np.array([first, last])):
        raise Problem(
            f"its column {TIME} does not tell its rows apart (from {first} to {last}), "
            f"because LeRobot keeps times with 32 bits: {turn_off}"
        )


def _check_existing(data: DataRows, column: Column, *, overwrite: bool) -> None:
    """Raise `Problem` if the file has a column that can be neither extended nor replaced."""
    if column.extension is None:
        if not overwrite:
            raise columns.already_there(column)
        return
    column.extension.widen(data.schema.field(column.name).type)
    for rows in islice(
        data.read(range(data.row_groups), [column.name], TEXT_ROWS_AT_ONCE), BATCHES
    ):
        for value in rows[column.name].take(pa.array(_firsts(rows[EPISODE]))).to_pylist():
            if len(column.extension.keep(value)) < len(value or []) and not overwrite:
                raise columns.already_there(column)


def _firsts(episodes: Integers) -> Integers:
    """Return the positions at which another episode begins."""
    return np.flatnonzero(np.diff(episodes, prepend=episodes[0] - 1))
