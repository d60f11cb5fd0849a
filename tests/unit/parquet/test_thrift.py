"""Thrift values come back as they were, and damaged ones are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.parquet import thrift

fields = st.integers(-(2**62), 2**62).map(lambda value: thrift.write_int(thrift.I64, value))
fields |= st.binary(max_size=300).map(thrift.write_binary)
fields |= st.lists(
    st.binary(max_size=5).map(lambda value: thrift.write_binary(value).value), max_size=40
).map(lambda elements: thrift.write_list(thrift.BINARY, elements))
structs = st.dictionaries(st.integers(1, 300), fields, max_size=8)
nested = structs.map(lambda struct: thrift.Field(thrift.STRUCT, thrift.write_struct(struct)))


@given(st.dictionaries(st.integers(1, 300), fields | nested, max_size=8))
def test_structs_come_back_as_they_were(struct: thrift.Struct) -> None:
    encoded = thrift.write_struct(struct)
    assert thrift.read_struct(encoded + b"more") == struct
    with pytest.raises(ValueError, match="damaged"):
        thrift.read_struct(encoded[:-1])


@given(st.integers(-(2**63), 2**63 - 1), st.binary(), st.lists(st.binary(), max_size=40))
def test_values_come_back_as_they_were(number: int, data: bytes, many: list[bytes]) -> None:
    assert thrift.read_int(thrift.write_int(thrift.I64, number)) == number
    assert thrift.read_binary(thrift.write_binary(data)) == data
    elements = [thrift.write_binary(value).value for value in many]
    assert thrift.read_list(thrift.write_list(thrift.BINARY, elements)) == elements


@given(st.binary())
def test_any_bytes_are_a_struct_or_not(data: bytes) -> None:
    try:
        struct = thrift.read_struct(data)
    except ValueError:
        return
    assert thrift.read_struct(thrift.write_struct(struct)) == struct
