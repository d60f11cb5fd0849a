"""Parquet files of a dataset: opened with care, and given columns that leave the others alone."""

import base64
import io
import json
import logging
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from subtasks import files, footer
from subtasks.problem import Problem

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

_ARROW_SCHEMA, _HUGGINGFACE, _PANDAS = b"ARROW:schema", b"huggingface", b"pandas"
_VALUE_TYPES = {"float": "float32", "double": "float64", "halffloat": "float16"}

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
        raise _unreadable(path, error) from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise _unreadable(path, error) from error


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


def batches(path: Path, file: pq.ParquetFile, columns: list[str]) -> Iterator[pa.RecordBatch]:
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


def add_columns(
    source: Path,
    output: Path,
    schema: pa.Schema,
    chunks: Callable[[int], list[pa.ChunkedArray]],
) -> None:
    """Write `source` to `output` with the columns of `schema` at the end.

    `chunks(i)` gives the columns of row group i, texts as an Arrow dictionary and the numbers
    of its entries, since a text for each row would be too much to hold. Columns of the same
    names are left out. All others keep their bytes, and with them encoding, compression and row
    groups; the descriptions of the columns that pandas, Arrow and `datasets` keep in the file's
    metadata are brought up to date. Takes the memory of one row group's new columns.
    """
    with _editing_footer_of(source), source.open("rb") as file:
        whole = footer.read(file)
        compression = footer.compression(whole) or "snappy"
        kept = footer.without(whole, set(schema.names))
    with (
        opened(source) as old,
        files.whole(output) as temporary,
    ):
        metadata = _described(old.metadata.metadata or {}, schema)
        shutil.copyfile(source, temporary)
        with temporary.open("r+b") as file:
            file.truncate(kept.position)
            file.seek(kept.position)
            _encode(file, old, schema, chunks, compression)
            with _editing_footer_of(source):
                added = footer.read(file)
                joined = footer.joined(kept, footer.moved(added, kept.position))
                joined = footer.with_metadata(joined, metadata)
            file.truncate(added.position)
            footer.write(file, joined)


@contextmanager
def _editing_footer_of(path: Path) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, IndexError) as error:
        raise _unreadable(path, error) from error


def _encode(
    output: BinaryIO,
    source: pq.ParquetFile,
    schema: pa.Schema,
    chunks: Callable[[int], list[pa.ChunkedArray]],
    compression: str,
) -> None:
    """Write a Parquet file of the new columns alone, in the source's row groups."""
    # The file does not tell: there, texts are texts and are written as dictionaries anyway.
    given = pa.schema([(field.name, _given(field.type)) for field in schema])
    with pq.ParquetWriter(
        output,
        given,
        version=source.metadata.format_version,
        compression=compression,
        store_schema=False,
    ) as writer:
        for group in range(source.num_row_groups):
            size = max(source.metadata.row_group(group).num_rows, 1)
            # Without a name, which would hold one group's columns while the next one's are made.
            writer.write_table(pa.Table.from_arrays(chunks(group), schema=given), size)


def _given(kind: pa.DataType) -> pa.DataType:
    return pa.dictionary(pa.int32(), kind) if pa.types.is_string(kind) else kind


def _described(metadata: Mapping[bytes, bytes], schema: pa.Schema) -> dict[bytes, bytes]:
    """Give the file's descriptions of its columns, as far as it has them, with the new ones."""
    described = {}
    for key, add in ((_HUGGINGFACE, _add_features), (_PANDAS, _add_pandas_columns)):
        if key in metadata:
            try:
                value = json.loads(metadata[key])
                add(value, schema)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
                log.warning("left the %s metadata alone: it is not as expected", key.decode())
            else:
                described[key] = json.dumps(value).encode()
    if _ARROW_SCHEMA in metadata:
        old = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(metadata[_ARROW_SCHEMA])))
        fields = [field for field in old if field.name not in schema.names]
        stored = {k: described.get(k, v) for k, v in (old.metadata or {}).items()}
        new = pa.schema([*fields, *schema], metadata=stored or None)
        described[_ARROW_SCHEMA] = base64.b64encode(new.serialize())
    return described


def _add_features(value: dict[str, Any], schema: pa.Schema) -> None:
    features = value["info"]["features"]
    for field in schema:
        features.pop(field.name, None)
        features[field.name] = _feature(field.type)


def _feature(kind: pa.DataType) -> Any:
    """Describe a type as the `datasets` library does."""
    if pa.types.is_list(kind):
        return [_feature(kind.value_type)]
    if pa.types.is_struct(kind):
        return {field.name: _feature(field.type) for field in kind}
    if isinstance(kind, pa.JsonType):
        return {"_type": "Json"}
    return {"dtype": _VALUE_TYPES.get(str(kind), str(kind)), "_type": "Value"}


def _add_pandas_columns(value: dict[str, Any], schema: pa.Schema) -> None:
    columns = [column for column in value["columns"] if column["name"] not in schema.names]
    # pandas lists the columns of the index last.
    data = len(columns) - sum(isinstance(name, str) for name in value["index_columns"])
    columns[data:data] = [
        {
            "name": field.name,
            "field_name": field.name,
            "pandas_type": "int64" if pa.types.is_int64(field.type) else _pandas_type(field.type),
            "numpy_type": "int64" if pa.types.is_int64(field.type) else "object",
            "metadata": None,
        }
        for field in schema
    ]
    value["columns"] = columns


def _pandas_type(kind: pa.DataType) -> str:
    if pa.types.is_string(kind):
        return "unicode"
    return f"list[{_pandas_type(kind.value_type)}]" if pa.types.is_list(kind) else "object"


def _unreadable(path: Path, error: Exception) -> Problem:
    reason = str(error).strip().splitlines()[0][:SHOWN_ERROR] if str(error).strip() else "damaged"
    return Problem(f"{path} cannot be read as Parquet: {reason}; restore it from its origin")
