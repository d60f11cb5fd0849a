"""Thrift's compact protocol, in which Parquet footers are encoded, one level at a time.

A struct is a dict of its fields by number, each with its type and its value as encoded bytes.
Only values that are asked for are decoded; all others, known or not, are written back byte for
byte. That is why this is written by hand: generated readers (`thrift`, `thriftpy2`) decode a
struct as a whole and drop the fields that their definition does not have.
"""

from dataclasses import dataclass

I32, I64, BINARY, LIST, STRUCT = 5, 6, 8, 9, 12

_STOP, _TRUE, _FALSE, _BYTE, _I16, _DOUBLE, _SET, _MAP, _UUID = 0, 1, 2, 3, 4, 7, 10, 11, 13
_WIDTHS = {_BYTE: 1, _DOUBLE: 8, _UUID: 16}
_LONG_LIST = 15


@dataclass(frozen=True, slots=True)
class Field:
    """A struct's field: its type and its value as encoded, without the field's header."""

    type: int
    value: bytes


Struct = dict[int, Field]


def read_struct(data: bytes) -> Struct:
    """Split the struct at the start of `data` into its fields; bytes after it are ignored.

    Raises `ValueError` if the bytes are not a struct.
    """
    fields: Struct = {}
    try:
        position, number = 0, 0
        while True:
            number, kind, start = _field_header(data, position, number)
            if kind == _STOP:
                return fields
            # A Boolean field's value is in its header; it has no byte of its own.
            position = start if kind in (_TRUE, _FALSE) else _skip(data, start, kind)
            fields[number] = Field(kind, data[start:position])
    except (IndexError, RecursionError):
        raise ValueError("damaged Thrift struct") from None


def write_struct(fields: Struct) -> bytes:
    """Encode a struct, fields in the order of the dict."""
    parts, last = [], 0
    for number, field in fields.items():
        if 0 < number - last <= 15:
            parts.append(bytes([(number - last) << 4 | field.type]))
        else:
            parts.append(bytes([field.type]) + _varint(_zigzag(number)))
        parts.append(field.value)
        last = number
    return b"".join([*parts, b"\0"])


def read_list(field: Field) -> list[bytes]:
    """Split a list into its encoded elements; raises `ValueError` if it is damaged."""
    try:
        count, kind, position = _list_header(field.value, 0)
        elements = []
        for _ in range(count):
            start, position = position, _skip(field.value, position, kind)
            elements.append(field.value[start:position])
    except (IndexError, RecursionError):
        raise ValueError("damaged Thrift list") from None
    return elements


def write_list(kind: int, elements: list[bytes]) -> Field:
    """Encode a list of elements of one type."""
    if len(elements) < _LONG_LIST:
        header = bytes([len(elements) << 4 | kind])
    else:
        header = bytes([_LONG_LIST << 4 | kind]) + _varint(len(elements))
    return Field(LIST, b"".join([header, *elements]))


def read_int(field: Field) -> int:
    """Decode an integer of any width."""
    value, _ = _read_varint(field.value, 0)
    return (value >> 1) ^ -(value & 1)


def write_int(kind: int, value: int) -> Field:
    """Encode an integer as `I32` or `I64`."""
    return Field(kind, _varint(_zigzag(value)))


def read_binary(field: Field) -> bytes:
    """Decode a string or binary value."""
    size, start = _read_varint(field.value, 0)
    return field.value[start : start + size]


def write_binary(value: bytes) -> Field:
    """Encode a string or binary value."""
    return Field(BINARY, _varint(len(value)) + value)


def _field_header(data: bytes, position: int, last: int) -> tuple[int, int, int]:
    """Read a field's number, its type and where its value starts.

    `last` is the number of the field before, from which numbers are counted.
    """
    head = data[position]
    if head == _STOP:
        return last, _STOP, position + 1
    if delta := head >> 4:
        return last + delta, head & 15, position + 1
    value, start = _read_varint(data, position + 1)
    return (value >> 1) ^ -(value & 1), head & 15, start


def _list_header(data: bytes, position: int) -> tuple[int, int, int]:
    head = data[position]
    if head >> 4 < _LONG_LIST:
        return head >> 4, head & 15, position + 1
    count, start = _read_varint(data, position + 1)
    return count, head & 15, start


def _skip(data: bytes, position: int, kind: int) -> int:
    """Find where the value of type `kind` at `position` ends.

    Raises `IndexError` if that is beyond the data.
    """
    if kind in (_I16, I32, I64):
        _, end = _read_varint(data, position)
    elif kind == BINARY:
        size, start = _read_varint(data, position)
        end = start + size
    elif kind in (_TRUE, _FALSE):
        end = position + 1
    elif kind in _WIDTHS:
        end = position + _WIDTHS[kind]
    elif kind in (LIST, _SET):
        count, element, end = _list_header(data, position)
        for _ in range(count):
            end = _skip(data, end, element)
    elif kind == _MAP:
        count, end = _read_varint(data, position)
        if count:
            kinds, end = data[end], end + 1
            for _ in range(count):
                end = _skip(data, _skip(data, end, kinds >> 4), kinds & 15)
    elif kind == STRUCT:
        end = position
        while True:
            _, field, end = _field_header(data, end, 0)
            if field == _STOP:
                break
            if field not in (_TRUE, _FALSE):
                end = _skip(data, end, field)
    else:
        raise ValueError(f"unknown Thrift type {kind}")
    if end > len(data):
        raise IndexError(end)
    return end


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position += 1
        if byte < 0x80:
            return value, position
        shift += 7
        if shift > 63:
            raise ValueError("a Thrift integer is too long")


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1
