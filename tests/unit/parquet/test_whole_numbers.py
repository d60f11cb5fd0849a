"""Whole numbers are read from whatever holds them, and nothing else is taken for one."""

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.parquet.whole_numbers import NotWhole, whole_numbers

INT64 = st.integers(-(1 << 63), (1 << 63) - 1)


@pytest.mark.parametrize(
    "kind",
    [pa.int8(), pa.uint16(), pa.int32(), pa.uint64(), pa.float32(), pa.float64(), pa.string()],
    ids=str,
)
def test_every_type_that_can_hold_them(kind: pa.DataType) -> None:
    found = whole_numbers(pa.array([0, 3, 17]).cast(kind))
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
        (pa.array([[1]]), "list<item: int64>"),
        (pa.array([True]), "bool"),
    ],
)
def test_anything_else_is_named_with_its_type(array: Any, named: str) -> None:
    with pytest.raises(NotWhole, match=named):
        whole_numbers(array)
