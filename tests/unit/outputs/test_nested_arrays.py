"""Arrays with types of extensions inside hold what they are made of."""

from typing import Any

import pyarrow as pa
import pytest

from subtasks.outputs import nested_arrays

JSON = pa.json_()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, None], pa.int64()),
        (["{}", None], JSON),
        ([["{}"], None, []], pa.list_(JSON)),
        ([["{}"], None, [None]], pa.large_list(JSON)),
        ([{"a": "1", "b": 2}, None, {"a": None, "b": 3}], pa.struct({"a": JSON, "b": pa.int8()})),
        (
            [[{"a": [["{}", None], None]}], None, []],
            pa.list_(pa.struct({"a": pa.list_(pa.list_(JSON))})),
        ),
        ([], pa.list_(JSON)),
        ([["{}"]], pa.list_(pa.field("entry", JSON, nullable=False))),
    ],
)
def test_what_is_put_in_comes_out(values: list[Any], kind: pa.DataType) -> None:
    made = nested_arrays.array(values, kind)
    made.validate(full=True)
    assert made.type == kind
    assert made.to_pylist() == values
