"""Adding columns to a Parquet file behind the bytes that are there, with a new footer."""

import base64
import json
import logging
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from subtasks import files
from subtasks.parquet import footer
from subtasks.parquet.reading import opened, unreadable

_ARROW_SCHEMA, _HUGGINGFACE, _PANDAS = b"ARROW:schema", b"huggingface", b"pandas"
_VALUE_TYPES = {"float": "float32", "double": "float64", "halffloat": "float16"}

log = logging.getLogger("subtasks")


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
        files.replacing(output) as temporary,
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
        raise unreadable(path, error) from error


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
