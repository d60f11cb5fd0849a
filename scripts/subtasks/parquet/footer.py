"""The footer of a Parquet file: edited without touching the columns it describes.

A column is stored in chunks, one per row group, and only the footer says where they are. So
columns are added by appending their chunks to the file, followed by a new footer. Every other
column keeps its bytes: nothing is decoded, whatever its encoding, compression or page layout.

This is written by hand because a footer must be edited without loss. Readers generated from the
format's `parquet.thrift` drop the fields they do not know, and fastparquet's also loses the width
of integers. Here each unknown field is put back byte for byte, so files of newer writers keep
what this code has never heard of (see `thrift`). Field numbers are those of `parquet.thrift`.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from subtasks.parquet import thrift
from subtasks.parquet.thrift import Struct

MAGIC = b"PAR1"
_TAIL = 8

# FileMetaData
_SCHEMA, _ROWS, _ROW_GROUPS, _KEY_VALUES, _COLUMN_ORDERS, _ENCRYPTION = 2, 3, 4, 5, 7, 8
# SchemaElement: a leaf has a type, a group has a number of children
_LEAF_TYPE, _NAME, _CHILDREN = 1, 4, 5
# KeyValue
_KEY, _VALUE = 1, 2
# RowGroup
_CHUNKS, _TOTAL_SIZE, _GROUP_ROWS, _SORTING, _TOTAL_COMPRESSED = 1, 2, 3, 4, 6
# ColumnChunk
_FILE_OFFSET, _COLUMN = 2, 3
_OFFSET_INDEX, _OFFSET_INDEX_SIZE, _COLUMN_INDEX, _COLUMN_INDEX_SIZE = 4, 5, 6, 7
# ColumnMetaData
_CODEC, _VALUES, _SIZE, _COMPRESSED_SIZE = 4, 5, 6, 7
_DATA_PAGE, _INDEX_PAGE, _DICTIONARY_PAGE = 9, 10, 11
_BLOOM_FILTER = 14

_CODECS = {0: "none", 1: "snappy", 2: "gzip", 4: "brotli", 5: "lz4", 6: "zstd", 7: "lz4"}


class ReadableFile(Protocol):
    """A binary file that can be read from any position, on this disk or elsewhere."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move to a position and return it; `whence` is as in `io.IOBase.seek`."""

    def read(self, size: int = -1, /) -> bytes:
        """Read up to `size` bytes, or to the end; fewer only at the end."""


@dataclass(frozen=True, slots=True)
class Footer:
    """A file's metadata and the position in the file at which it begins."""

    position: int
    fields: Struct


@dataclass(frozen=True, slots=True)
class Column:
    """A top-level column in the schema: its encoded elements and the numbers of its leaves."""

    name: str
    elements: list[bytes]
    leaves: range


def read(file: ReadableFile) -> Footer:
    """Read the footer of an open Parquet file; raises `ValueError` if damaged or encrypted."""
    size = file.seek(0, 2)
    file.seek(max(size - _TAIL, 0))
    tail = file.read(_TAIL)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != MAGIC or length + _TAIL > size:
        raise ValueError("it does not end like a Parquet file, or is encrypted")
    file.seek(size - _TAIL - length)
    fields = thrift.read_struct(file.read(length))
    if _ENCRYPTION in fields:
        raise ValueError("it is encrypted")
    return Footer(size - _TAIL - length, fields)


def write(file: BinaryIO, footer: Footer) -> None:
    """Append a footer to an open file."""
    data = thrift.write_struct(footer.fields)
    file.seek(0, 2)
    file.write(data + len(data).to_bytes(4, "little") + MAGIC)


def moved(footer: Footer, distance: int) -> Footer:
    """Move every position in the footer by `distance` bytes, towards the end of the file."""
    groups = []
    for group in _row_groups(footer):
        chunks = []
        for chunk in map(thrift.read_struct, thrift.read_list(group[_CHUNKS])):
            column = thrift.read_struct(chunk[_COLUMN].value)
            _shift(column, (_DATA_PAGE, _INDEX_PAGE, _DICTIONARY_PAGE, _BLOOM_FILTER), distance)
            chunk[_COLUMN] = thrift.Field(thrift.STRUCT, thrift.write_struct(column))
            _shift(chunk, (_FILE_OFFSET,), distance)
            chunks.append(thrift.write_struct(chunk))
        group[_CHUNKS] = thrift.write_list(thrift.STRUCT, chunks)
        groups.append(group)
    return _with_row_groups(footer, footer.position, groups)


def without(footer: Footer, names: Set[str]) -> Footer:
    """Remove top-level columns from the footer.

    The new footer's position is the end of the remaining columns, so that columns which were
    added at the end of the file and are removed again leave nothing behind.
    """
    if not names & set(column_names(footer)):
        return footer
    root, columns = _columns(footer)
    kept = [column for column in columns if column.name not in names]
    leaves = [leaf for column in kept for leaf in column.leaves]
    fields = dict(footer.fields)
    fields[_SCHEMA] = _schema(root, kept)
    if _COLUMN_ORDERS in fields:
        orders = thrift.read_list(fields[_COLUMN_ORDERS])
        fields[_COLUMN_ORDERS] = thrift.write_list(thrift.STRUCT, [orders[i] for i in leaves])
    groups, end = [], len(MAGIC)
    for group in _row_groups(footer):
        chunks = thrift.read_list(group[_CHUNKS])
        removed = sorted(set(range(len(chunks))) - set(leaves))
        _add_sizes(group, [chunks[i] for i in removed], sign=-1)
        group[_CHUNKS] = thrift.write_list(thrift.STRUCT, [chunks[i] for i in leaves])
        # The sort order names columns by numbers, which have changed. It is only a hint.
        group.pop(_SORTING, None)
        end = max([end, *(_end(chunks[i], footer.position) for i in leaves)])
        groups.append(group)
    return _with_row_groups(Footer(end, fields), end, groups)


def joined(footer: Footer, added: Footer) -> Footer:
    """Append the columns of another footer, which must have as many row groups."""
    root, columns = _columns(footer)
    _, new_columns = _columns(added)
    fields = dict(footer.fields)
    fields[_SCHEMA] = _schema(root, columns + new_columns)
    if _COLUMN_ORDERS in fields:
        orders = [thrift.read_list(f.fields[_COLUMN_ORDERS]) for f in (footer, added)]
        fields[_COLUMN_ORDERS] = thrift.write_list(thrift.STRUCT, orders[0] + orders[1])
    groups = []
    for group, new in zip(_row_groups(footer), _row_groups(added), strict=True):
        new_chunks = thrift.read_list(new[_CHUNKS])
        chunks = thrift.read_list(group[_CHUNKS]) + new_chunks
        group[_CHUNKS] = thrift.write_list(thrift.STRUCT, chunks)
        _add_sizes(group, new_chunks, sign=1)
        groups.append(group)
    return _with_row_groups(Footer(footer.position, fields), added.position, groups)


def rows(footer: Footer) -> int:
    """Read the number of rows in the whole file."""
    return thrift.read_int(footer.fields[_ROWS])


def group_rows(footer: Footer) -> list[int]:
    """Read the number of rows in each row group."""
    return [thrift.read_int(group[_GROUP_ROWS]) for group in _row_groups(footer)]


def value_counts(footer: Footer) -> list[tuple[str, int]]:
    """Read how many values each leaf has, with the name of its top-level column.

    Arrow itself cannot be asked: reading damaged column metadata ends the process.
    """
    columns = _columns(footer)[1]
    counts = [0] * sum(len(column.leaves) for column in columns)
    for group in _row_groups(footer):
        for leaf, chunk in enumerate(thrift.read_list(group[_CHUNKS])):
            column = thrift.read_struct(thrift.read_struct(chunk)[_COLUMN].value)
            counts[leaf] += thrift.read_int(column[_VALUES])
    return [(column.name, counts[leaf]) for column in columns for leaf in column.leaves]


def column_names(footer: Footer) -> list[str]:
    """List the names of the top-level columns."""
    return [column.name for column in _columns(footer)[1]]


def with_metadata(footer: Footer, changed: Mapping[bytes, bytes]) -> Footer:
    """Change the values of keys in the key-value metadata; missing keys are not added."""
    if _KEY_VALUES not in footer.fields:
        return footer
    pairs = [thrift.read_struct(pair) for pair in thrift.read_list(footer.fields[_KEY_VALUES])]
    for pair in pairs:
        key = thrift.read_binary(pair[_KEY])
        if key in changed:
            pair[_VALUE] = thrift.write_binary(changed[key])
    encoded = thrift.write_list(thrift.STRUCT, [thrift.write_struct(pair) for pair in pairs])
    return Footer(footer.position, {**footer.fields, _KEY_VALUES: encoded})


def compression(footer: Footer) -> str | None:
    """Read the last column's compression by Arrow's name for it, None if there is no column.

    Arrow itself cannot be asked: reading damaged column metadata crashes the process.
    """
    for group in _row_groups(footer)[:1]:
        for chunk in thrift.read_list(group[_CHUNKS])[-1:]:
            column = thrift.read_struct(thrift.read_struct(chunk)[_COLUMN].value)
            return _CODECS.get(thrift.read_int(column[_CODEC]))
    return None


def _columns(footer: Footer) -> tuple[Struct, list[Column]]:
    """Split the schema, a list in depth-first order, into its root and its columns."""
    elements = thrift.read_list(footer.fields[_SCHEMA])
    columns, position, leaf = [], 1, 0
    while position < len(elements):
        name = thrift.read_binary(thrift.read_struct(elements[position])[_NAME]).decode()
        start, first, open_children = position, leaf, 1
        while open_children:
            element = thrift.read_struct(elements[position])
            position += 1
            open_children -= 1
            if _LEAF_TYPE in element:
                leaf += 1
            else:
                open_children += thrift.read_int(element[_CHILDREN])
        columns.append(Column(name, elements[start:position], range(first, leaf)))
    return thrift.read_struct(elements[0]), columns


def _schema(root: Struct, columns: list[Column]) -> thrift.Field:
    root = {**root, _CHILDREN: thrift.write_int(thrift.I32, len(columns))}
    elements = [element for column in columns for element in column.elements]
    return thrift.write_list(thrift.STRUCT, [thrift.write_struct(root), *elements])


def _row_groups(footer: Footer) -> list[Struct]:
    return [thrift.read_struct(group) for group in thrift.read_list(footer.fields[_ROW_GROUPS])]


def _with_row_groups(footer: Footer, position: int, groups: list[Struct]) -> Footer:
    encoded = thrift.write_list(thrift.STRUCT, [thrift.write_struct(group) for group in groups])
    return Footer(position, {**footer.fields, _ROW_GROUPS: encoded})


def _add_sizes(group: Struct, chunks: list[bytes], *, sign: int) -> None:
    for chunk in chunks:
        column = thrift.read_struct(thrift.read_struct(chunk)[_COLUMN].value)
        for total, size in ((_TOTAL_SIZE, _SIZE), (_TOTAL_COMPRESSED, _COMPRESSED_SIZE)):
            if total in group:
                value = thrift.read_int(group[total]) + sign * thrift.read_int(column[size])
                group[total] = thrift.write_int(thrift.I64, value)


def _shift(fields: Struct, numbers: tuple[int, ...], distance: int) -> None:
    for number in numbers:
        # 0 means that there is no offset.
        if number in fields and (offset := thrift.read_int(fields[number])):
            fields[number] = thrift.write_int(thrift.I64, offset + distance)


def _end(chunk: bytes, limit: int) -> int:
    """Find the position after the last byte of a column chunk and its indexes, up to `limit`."""
    fields = thrift.read_struct(chunk)
    column = thrift.read_struct(fields[_COLUMN].value)
    if _BLOOM_FILTER in column:
        return limit
    start = thrift.read_int(column[_DATA_PAGE])
    for number in (_INDEX_PAGE, _DICTIONARY_PAGE):
        if number in column:
            start = min(start, thrift.read_int(column[number]) or start)
    end = start + thrift.read_int(column[_COMPRESSED_SIZE])
    for position, size in (
        (_OFFSET_INDEX, _OFFSET_INDEX_SIZE),
        (_COLUMN_INDEX, _COLUMN_INDEX_SIZE),
    ):
        if position in fields:
            end = max(end, thrift.read_int(fields[position]) + thrift.read_int(fields[size]))
    return min(end, limit)
