"""Opening Parquet files of a dataset, with bounds on what damaged or malicious ones unpack to."""

import io
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from subtasks import files
from subtasks.errors import Problem
from subtasks.parquet import footer, other_files
from subtasks.parquet.footer import MAGIC, ReadableFile
from subtasks.wording import first_line, shorten

PLAUSIBLE_ROWS = 1 << 20
"""Rows that a file of any size may claim; a file with more rows has at least a byte for each."""

VALUES_PER_BYTE = 16
"""Values of a column that a file may claim per byte; real files have less than one."""

PLAUSIBLE_VALUES = 1 << 23
"""Values of a column that a file of any size may claim."""

BATCH_ROWS = 128
MAX_BATCH_BYTES = 64 << 20
MAX_TABLE_BYTES = 512 << 20

BUFFER_BYTES = 1 << 18
"""Bytes of a column read from the disk at a time, instead of a whole row group's at once."""

_IMPOSSIBLE = "which is impossible: the file is damaged or malicious"


@contextmanager
def opened(path: Path, stream: ReadableFile | None = None) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file to read; a file that is not on this disk is read from `stream`.

    Raises `Problem`, which names `path`, if Arrow cannot read the file, if two columns have one
    name, or if it claims more rows than its size allows: such a file would unpack to more than
    fits into memory.
    """
    source: Path | ReadableFile
    if stream is None:
        source, size, buffer = path, path.stat().st_size, BUFFER_BYTES
    else:
        # Unbuffered, so that a remote file's column takes one request per row group.
        source, size, buffer = stream, stream.seek(0, io.SEEK_END), 0
    try:
        # pre_buffer reads ahead in threads. One that still holds a Python stream when the
        # interpreter exits aborts the process.
        with pq.ParquetFile(
            source, buffer_size=buffer, pre_buffer=False, page_checksum_verification=True
        ) as file:
            check_rows(path, file.metadata.num_rows, size)
            _check_row_groups(path, file)
            _check_names(path, file.schema_arrow.names)
            yield file
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise _explained(path, stream, error) from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise _explained(path, stream, error) from error


def check_rows(path: Path, rows: int, size: int) -> None:
    """Raise `Problem` if a file claims more rows than its size (bytes) allows."""
    if rows > max(size, PLAUSIBLE_ROWS):
        raise Problem(f"{path} claims {rows:,} rows in {size:,} bytes, {_IMPOSSIBLE}")


def _check_row_groups(path: Path, file: pq.ParquetFile) -> None:
    """Raise `Problem` if the row groups are not all rows: Arrow would read some of them only."""
    rows = sum(file.metadata.row_group(group).num_rows for group in range(file.num_row_groups))
    if rows != file.metadata.num_rows:
        reason = f"it has {file.metadata.num_rows:,} rows, but {rows:,} in its row groups"
        raise unreadable(path, ValueError(reason))


def check_values(path: Path, file: pq.ParquetFile, columns: Collection[str], size: int) -> None:
    """Raise `Problem` if columns claim more values than the file's size (bytes) allows.

    A row's list may have any number of values. One value repeated takes almost no bytes in the
    file, but all memory once the row is read.
    """
    # Asking Arrow about a column whose metadata is damaged would end the process, so its metadata
    # is written out and read here.
    written = io.BytesIO()
    file.metadata.write_metadata_file(written)
    with reading_footer_of(path):
        counts = footer.value_counts(footer.read(written))
    for name, values in counts:
        # Arrow also reads columns whose name only starts with the one that is asked for.
        is_read = any(name == column or name.startswith(f"{column}.") for column in columns)
        if is_read and values > max(size * VALUES_PER_BYTE, PLAUSIBLE_VALUES):
            raise Problem(
                f"{path} claims {values:,} values of {name} in {size:,} bytes, {_IMPOSSIBLE}"
            )


@contextmanager
def reading_footer_of(path: Path) -> Iterator[None]:
    """Raise `Problem`, which names `path`, if its footer is damaged."""
    try:
        yield
    except (KeyError, IndexError) as error:
        raise unreadable(path, error, "its footer is damaged") from error
    except ValueError as error:
        raise unreadable(path, error) from error


def record_batches(
    path: Path, file: pq.ParquetFile, columns: list[str]
) -> Iterator[pa.RecordBatch]:
    """Read columns of a metadata table a few rows at a time.

    Raises `Problem` if they unpack to more than any dataset's metadata: many rows that refer to
    one long string take almost no bytes in the file, but all memory once they are read.
    """
    total = 0
    for batch in file.iter_batches(BATCH_ROWS, columns=columns, use_threads=False):
        total += batch.nbytes
        if batch.nbytes > MAX_BATCH_BYTES or total > MAX_TABLE_BYTES:
            raise Problem(
                f"{path} unpacks to more than {total >> 20} MB of strings and numbers: the file is "
                "damaged or malicious"
            )
        yield batch


def _check_names(path: Path, names: list[str]) -> None:
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise Problem(
            f"{path} has the column {shorten(twice)} twice: keep one "
            "of them, or restore the file from the original dataset"
        )


def _explained(path: Path, stream: ReadableFile | None, error: Exception) -> Problem:
    """Make the `Problem` of a file that Arrow refuses; say what it is if it is no Parquet file."""
    if stream is not None:
        head, tail = ends(stream)
    else:
        files.refuse_lfs_pointer(path)
        with path.open("rb") as file:
            head, tail = ends(file)
    return unreadable(path, error, other_files.describe(head, tail))


def ends(file: ReadableFile) -> tuple[bytes, bytes]:
    """Read how a file begins and ends."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(other_files.HEAD_BYTES)
    file.seek(max(size - len(MAGIC), 0))
    return head, file.read(len(MAGIC))


def unreadable(path: Path, error: Exception, reason: str | None = None) -> Problem:
    """Make the `Problem` of a file that cannot be read; without a reason, Arrow's first line."""
    return Problem(
        f"{path} cannot be read as Parquet: {reason or first_line(error)}; restore it from the "
        "original dataset"
    )
