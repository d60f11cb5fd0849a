"""Whole numbers are read from whatever holds them, and nothing else is taken for one."""

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.parquet.whole_numbers import NotWhole, may_hold, whole_numbers, whole_numbers_or

INT64 = st.integers(-(1 << 63), (1 << 63) - 1)


@pytest.mark.parametrize(
    "kind",
    [
        *(pa.int8(), pa.uint16(), pa.int32(), pa.uint64()),
        *(pa.float16(), pa.float32(), pa.float64(), pa.decimal128(30, 2), pa.decimal256(40, 3)),
        *(pa.string(), pa.large_string(), pa.string_view()),
    ],
    ids=str,
)
@pytest.mark.parametrize("shape", ["plain", "dictionary", "list", "large_list", "fixed_list"])
def test_every_type_that_can_hold_them(kind: pa.DataType, shape: str) -> None:
    array = pa.array([0, 3, 17]).cast(kind)
    if shape == "dictionary":
        if pa.types.is_string_view(kind):
            pytest.skip("Arrow does not decode a dictionary of views")
        array = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2]), array)
    elif shape != "plain":
        nested = {"list": pa.list_(kind), "large_list": pa.large_list(kind)}
        array = pa.array([[value] for value in array], nested.get(shape, pa.list_(kind, 1)))
    assert may_hold(array.type)
    found = whole_numbers(array)
    assert found.dtype == np.int64
    assert found.tolist() == [0, 3, 17]


def test_decimals() -> None:
    assert whole_numbers(pa.array([Decimal("3.00")])).tolist() == [3]


@given(st.lists(INT64))
def test_texts_of_integers(numbers: list[int]) -> None:
    assert whole_numbers(pa.array([str(n) for n in numbers], pa.string())).tolist() == numbers


@pytest.mark.parametrize(
    ("array", "named"),
    [
        (pa.array([1.0, 2.5]), "2.5 of type double"),
        (pa.array([1.0, float("nan")]), "nan of type double"),
        (pa.array([float("inf")]), "inf of type double"),
        (pa.array([1e300]), "1e\\+300 of type double"),
        (pa.array([1 << 63], pa.uint64()), "9223372036854775808 of type uint64"),
        (pa.array([1, None]), "an empty cell"),
        (pa.array([1.0, None]), "an empty cell"),
        (pa.array(["1", None]), "an empty cell"),
        (pa.array(["three"]), "the text 'three'"),
        (pa.array(["1_000"]), "the text '1_000'"),
        (pa.array(["9" * 5000]), "too large"),
        (pa.array([str(1 << 63)]), "too large"),
        (pa.array(["-"]), "the text '-'"),
        (pa.array(["--1"]), "the text '--1'"),
        (pa.array(["٣"]), "the text '٣'"),
        (pa.array([""]), "the text ''"),
        (pa.array(["1.0"]), "the text '1.0'"),
        (pa.array([float(1 << 24)], pa.float32()), "16777216.0 of type float, which is not exact"),
        (pa.array([Decimal("3.01")]), "3.01"),
        (pa.array([[1], [1, 2]]), "list<item: int64>"),
        (pa.array([[1], []]), "list<item: int64>"),
        (pa.array([[1], [None]]), "an empty cell|list"),
        (pa.array([[1], None]), "an empty cell"),
        (pa.array([[1, 2]], pa.list_(pa.int64(), 2)), "fixed_size_list"),
        (pa.array([[[1]]]), "list<item: list"),
        (pa.array([{"a": 1}]), "struct<a: int64>"),
        (pa.array([b"3"]), "binary"),
        (pa.array([1], pa.timestamp("s")), "timestamp"),
        (pa.array([1], pa.duration("s")), "duration"),
        (pa.nulls(2), "null"),
        (pa.array([True]), "bool"),
    ],
)
def test_anything_else_is_named_with_its_type(array: Any, named: str) -> None:
    with pytest.raises(NotWhole, match=named):
        whole_numbers(array)


@pytest.mark.parametrize(
    ("array", "numbers"),
    [
        (pa.array([4, None, 6]), [4, -1, 6]),
        (pa.array([1 << 63, 2], pa.uint64()), [-1, 2]),
        (pa.array([4.0, 4.5, float("nan"), None]), [4, -1, -1, -1]),
        (pa.array(["4", "x", None]), [4, -1, -1]),
        (pa.array([[4], [], [5, 6], None, [None]]), [4, -1, -1, -1, -1]),
    ],
)
def test_what_is_none_can_be_marked(array: Any, numbers: list[int]) -> None:
    assert whole_numbers_or(array, -1).tolist() == numbers


def test_no_numbers_are_no_trouble() -> None:
    for kind in (pa.int64(), pa.float32(), pa.string(), pa.list_(pa.int64())):
        assert whole_numbers(pa.array([], kind)).tolist() == []
