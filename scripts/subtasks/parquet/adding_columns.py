"""Adding columns to a Parquet file: they are appended to its bytes, with a new footer.

All other columns keep their bytes, whatever their encoding and compression (see `footer`).
"""

import base64
import json
import logging
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from subtasks import files
from subtasks.errors import Problem
from subtasks.parquet import footer
from subtasks.parquet.reading import opened, reading_footer_of, unreadable

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

    `chunks(i)` returns the new columns of row group i; strings must be dictionary-encoded, since
    one string per row would not fit into memory. Existing columns of the same names are left
    out. The descriptions of the columns that pandas, Arrow and `datasets` keep in the file's
    metadata are updated. Memory: the new columns of one row group.

    Raises `Problem` if `source` cannot be read as Parquet.
    """
    with reading_footer_of(source), source.open("rb") as file:
        old_footer = footer.read(file)
        compression = footer.compression(old_footer) or "snappy"
        kept = footer.without(old_footer, set(schema.names))
        sizes = footer.group_rows(old_footer)
    with (
        opened(source) as old,
        files.replacing(output) as temporary,
    ):
        metadata = _updated(old.metadata.metadata or {}, schema, source)
        shutil.copyfile(source, temporary)
        with temporary.open("r+b") as file:
            file.truncate(kept.position)
            file.seek(kept.position)
            _encode(file, old, schema, chunks, compression, sizes)
            with reading_footer_of(source):
                added = footer.read(file)
                joined = footer.joined(kept, footer.moved(added, kept.position))
                joined = footer.with_metadata(joined, metadata)
            file.truncate(added.position)
            footer.write(file, joined)
        _check(temporary, old, schema, source)


def _check(written: Path, old: pq.ParquetFile, schema: pa.Schema, source: Path) -> None:
    """Raise `Problem` if the written file is not the old one with more columns.

    Arrow reads some damaged footers in another way than they are edited here.
    """
    kept = [field for field in old.schema_arrow if field.name not in schema.names]
    try:
        with opened(written) as new:
            names = new.schema_arrow.names
            same = names == [field.name for field in kept] + schema.names
            same = same and all(new.schema_arrow.field(field.name).equals(field) for field in kept)
            same = same and new.metadata.num_rows == old.metadata.num_rows
    except Problem:
        same = False
    if not same:
        raise unreadable(source, ValueError("its footer is damaged"))


def _encode(
    output: BinaryIO,
    source: pq.ParquetFile,
    schema: pa.Schema,
    chunks: Callable[[int], list[pa.ChunkedArray]],
    compression: str,
    sizes: list[int],
) -> None:
    """Write a Parquet file of the new columns alone, in the source's row groups."""
    # The file's own schema has plain strings: without Arrow's, a dictionary is only an encoding.
    given = pa.schema([(field.name, _given(field.type)) for field in schema])
    with pq.ParquetWriter(
        output,
        given,
        version=source.metadata.format_version,
        compression=compression,
        store_schema=False,
    ) as writer:
        for group, size in enumerate(sizes):
            # Passed inline so that the previous row group's columns can be freed.
            writer.write_table(pa.Table.from_arrays(chunks(group), schema=given), max(size, 1))


def _given(kind: pa.DataType) -> pa.DataType:
    return pa.dictionary(pa.int32(), kind) if pa.types.is_string(kind) else kind


def _updated(
    metadata: Mapping[bytes, bytes], schema: pa.Schema, source: Path
) -> dict[bytes, bytes]:
    """Add the new columns to those descriptions of the columns that the file has."""
    updated = {}
    for key, add in ((_HUGGINGFACE, _add_features), (_PANDAS, _add_pandas_columns)):
        if key in metadata:
            try:
                value = json.loads(metadata[key])
                add(value, schema)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
                log.warning(
                    "%s: kept its %s metadata as it is, which is in an unexpected form",
                    *(source, key.decode()),
                )
            else:
                updated[key] = json.dumps(value).encode()
    if _ARROW_SCHEMA in metadata:
        old = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(metadata[_ARROW_SCHEMA])))
        fields = [field for field in old if field.name not in schema.names]
        stored = {k: updated.get(k, v) for k, v in (old.metadata or {}).items()}
        new = pa.schema([*fields, *schema], metadata=stored or None)
        updated[_ARROW_SCHEMA] = base64.b64encode(new.serialize())
    return updated


def _add_features(value: dict[str, Any], schema: pa.Schema) -> None:
    features = value["info"]["features"]
    for field in schema:
        features.pop(field.name, None)
        features[field.name] = _feature(field.type)


def _feature(kind: pa.DataType) -> list[Any] | dict[str, Any]:
    """Describe a type like the `datasets` library does."""
    if pa.types.is_list(kind):
        return [_feature(kind.value_type)]
    if pa.types.is_struct(kind):
        return {field.name: _feature(field.type) for field in kind}
    if isinstance(kind, pa.JsonType):
        return {"_type": "Json"}
    return {"dtype": _VALUE_TYPES.get(str(kind), str(kind)), "_type": "Value"}


def _add_pandas_columns(value: dict[str, Any], schema: pa.Schema) -> None:
    columns = [column for column in value["columns"] if column["name"] not in schema.names]
    # pandas lists the index columns last.
    end = len(columns) - sum(isinstance(name, str) for name in value["index_columns"])
    columns[end:end] = [
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
