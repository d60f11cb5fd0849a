"""Parquet files of a dataset: opened with care, and given columns that leave the others alone."""

import io
import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from subtasks.errors import Problem

PLAUSIBLE_ROWS = 1 << 20
"""Rows that a file of any size may have; one with more has at least a byte for each."""

VALUES_PER_BYTE = 16
PLAUSIBLE_VALUES = 1 << 23
"""Values of a column whatever the size of its file; real ones have less than one a byte."""

BATCH_ROWS = 128
MAX_BATCH_BYTES = 64 << 20
MAX_TABLE_BYTES = 512 << 20
SHOWN_ERROR = 300
BUFFER = 1 << 18
"""Bytes of a column read from the disk at a time; otherwise a whole row group's would be."""

log = logging.getLogger("subtasks")


@contextmanager
def opened(path: Path, stream: BinaryIO | None = None) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file to read; what Arrow cannot read is a `Problem` that names it.

    So is a file of a few bytes that declares millions of rows: it would unpack to more than
    the memory holds. A file that is not on this disk is read from `stream`.
    """
    size = path.stat().st_size if stream is None else stream.seek(0, io.SEEK_END)
    try:
        # Where each request is far, all of a row group's column comes in one. Not before it is
        # asked for: a thread that still holds a stream of Python's at the end would abort it.
        source, buffer = (path, BUFFER) if stream is None else (stream, 0)
        with pq.ParquetFile(source, buffer_size=buffer, pre_buffer=False) as file:
            check_rows(path, file.metadata.num_rows, size)
            yield file
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise unreadable(path, error) from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise unreadable(path, error) from error


def check_rows(path: Path, rows: int, size: int) -> None:
    """Raise `Problem` where a file has more rows than a file of its size (bytes) can mean."""
    if rows > max(size, PLAUSIBLE_ROWS):
        raise Problem(
            f"{path} declares {rows:,} rows in {size:,} bytes, which no recording takes: it is "
            "damaged or made to harm"
        )


def check_values(path: Path, file: pq.ParquetFile, columns: Collection[str], size: int) -> None:
    """Raise `Problem` where columns have more values than a file of its size (bytes) can mean.

    A list has any number of values in a row: one value repeated takes no room in a file and
    all the memory there is as soon as the row is read.
    """
    for leaf in range(file.metadata.num_columns):
        name = file.schema.column(leaf).path
        if not any(name == column or name.startswith(f"{column}.") for column in columns):
            continue
        groups = map(file.metadata.row_group, range(file.num_row_groups))
        values = sum(group.column(leaf).num_values for group in groups)
        if values > max(size * VALUES_PER_BYTE, PLAUSIBLE_VALUES):
            raise Problem(
                f"{path} declares {values:,} values of {name} in {size:,} bytes, which no "
                "recording takes: it is damaged or made to harm"
            )


def record_batches(
    path: Path, file: pq.ParquetFile, columns: list[str]
) -> Iterator[pa.RecordBatch]:
    """Read columns of a table of texts, a few rows at a time.

    Raises `Problem` where they come to more than any dataset's: rows that all refer to one long
    text take no room in a file and all the memory there is.
    """
    total = 0
    for batch in file.iter_batches(BATCH_ROWS, columns=columns, use_threads=False):
        total += batch.nbytes
        if batch.nbytes > MAX_BATCH_BYTES or total > MAX_TABLE_BYTES:
            raise Problem(
                f"{path} unpacks to more than {total >> 20} MB of texts and numbers, which no "
                "dataset needs: it is damaged or made to harm"
            )
        yield batch


def unreadable(path: Path, error: Exception) -> Problem:
    """Say that a file cannot be read, with the first line of the reason."""
    reason = str(error).strip().splitlines()[0][:SHOWN_ERROR] if str(error).strip() else "damaged"
    return Problem(f"{path} cannot be read as Parquet: {reason}; restore it from its origin")
