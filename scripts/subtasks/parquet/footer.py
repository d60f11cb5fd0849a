"""The footer of a Parquet file: where its columns lie, edited without touching them.

A column is stored in chunks, one a row group, and only the footer says where. So columns are
added by writing their chunks behind those that are there and a new footer behind all, and
every other column stays the same bytes: no decoding, no memory, whatever its encoding,
compression or page layout.

Numbers of fields are those of the format's `parquet.thrift`.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import BinaryIO

from subtasks.parquet import thrift
from subtasks.parquet.thrift import Struct

MAGIC = b"PAR1"
_TAIL = 8

# FileMetaData
_SCHEMA, _ROWS, _ROW_GROUPS, _KEY_VALUES, _COLUMN_ORDERS, _ENCRYPTION = 2, 3, 4, 5, 7, 8
# SchemaElement: a leaf has a type, a group a number of children
_LEAF_TYPE, _NAME, _CHILDREN = 1, 4, 5
# KeyValue
_KEY, _VALUE = 1, 2
# RowGroup
_CHUNKS, _TOTAL_SIZE, _SORTING, _TOTAL_COMPRESSED = 1, 2, 4, 6
# ColumnChunk
_FILE_OFFSET, _COLUMN = 2, 3
_OFFSET_INDEX, _OFFSET_INDEX_SIZE, _COLUMN_INDEX, _COLUMN_INDEX_SIZE = 4, 5, 6, 7
# ColumnMetaData
_CODEC, _SIZE, _COMPRESSED_SIZE = 4, 6, 7
_DATA_PAGE, _INDEX_PAGE, _DICTIONARY_PAGE = 9, 10, 11
_BLOOM_FILTER = 14

_CODECS = {0: "none", 1: "snappy", 2: "gzip", 4: "brotli", 5: "lz4", 6: "zstd", 7: "lz4"}


@dataclass(frozen=True, slots=True)
class Footer:
    """A file's metadata and the position in the file where it begins."""

    position: int
    fields: Struct


@dataclass(frozen=True, slots=True)
class Column:
    """A top-level column in the schema: its elements and which leaf columns it has."""

    name: str
    elements: list[bytes]
    leaves: range


def read(file: BinaryIO) -> Footer:
    """Read the footer of an open Parquet file.

    Raises `ValueError` for a damaged or encrypted one.
    """
    size = file.seek(0, 2)
    file.seek(max(size - _TAIL, 0))
    tail = file.read(_TAIL)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != MAGIC or length + _TAIL > size:
        raise ValueError("it does not end as a Parquet file does, or is encrypted")
    file.seek(size - _TAIL - length)
    fields = thrift.read_struct(file.read(length))
    if _ENCRYPTION in fields:
        raise ValueError("it is encrypted")
    return Footer(size - _TAIL - length, fields)


def write(file: BinaryIO, footer: Footer) -> None:
    """Write a footer at the end of an open file."""
    data = thrift.write_struct(footer.fields)
    file.seek(0, 2)
    file.write(data + len(data).to_bytes(4, "little") + MAGIC)


def moved(footer: Footer, distance: int) -> Footer:
    """Make the footer say that its columns lie `distance` bytes further behind."""
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
    """Make the footer without some top-level columns.

    Its position is that of the first byte which no column left needs, so that columns added
    at the file's end and taken out again leave nothing behind.
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
        gone = sorted(set(range(len(chunks))) - set(leaves))
        _add_sizes(group, [chunks[i] for i in gone], sign=-1)
        group[_CHUNKS] = thrift.write_list(thrift.STRUCT, [chunks[i] for i in leaves])
        # The numbers of the columns it was sorted by have changed; it is only a hint.
        group.pop(_SORTING, None)
        end = max([end, *(_end(chunks[i], footer.position) for i in leaves)])
        groups.append(group)
    return _with_row_groups(Footer(end, fields), end, groups)


def joined(footer: Footer, added: Footer) -> Footer:
    """Make the footer of one file's columns followed by another's of as many row groups."""
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
    """Number of rows of the whole file."""
    return thrift.read_int(footer.fields[_ROWS])


def column_names(footer: Footer) -> list[str]:
    """Names of the top-level columns."""
    return [column.name for column in _columns(footer)[1]]


def with_metadata(footer: Footer, changed: Mapping[bytes, bytes]) -> Footer:
    """Make the footer with other values for some keys of its key-value metadata."""
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
    """Give the compression of the last column as Arrow calls it, None where there is none.

    Arrow's own view of a column ends the process where its metadata is damaged.
    """
    for group in _row_groups(footer)[:1]:
        for chunk in thrift.read_list(group[_CHUNKS])[-1:]:
            column = thrift.read_struct(thrift.read_struct(chunk)[_COLUMN].value)
            return _CODECS.get(thrift.read_int(column[_CODEC]))
    return None


def _columns(footer: Footer) -> tuple[Struct, list[Column]]:
    """Take the schema apart, a list in depth-first order, into its root and its columns."""
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
        # 0 stands for no offset.
        if number in fields and (offset := thrift.read_int(fields[number])):
            fields[number] = thrift.write_int(thrift.I64, offset + distance)


def _end(chunk: bytes, limit: int) -> int:
    """Find the last byte of the file, before `limit`, that a column chunk needs."""
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
