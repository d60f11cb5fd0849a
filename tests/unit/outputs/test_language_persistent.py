"""`language_persistent`: subtasks with the data's own timestamps, beside other styles."""

import math
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from subtasks.errors import Problem
from support import data_file
from support.outputs import LATE, PICK, filled


def subtask(text: str, time: float) -> dict[str, Any]:
    return {
        "role": "assistant",
        "content": text,
        "style": "subtask",
        "timestamp": time,
        "camera": None,
        "tool_calls": None,
    }


def test_language_is_the_same_on_every_frame_with_the_datas_timestamps(tmp_path: Path) -> None:
    table = data_file.rows([4] * 15 + [2] * 5)
    # As recorded, not as computed: a clock that is a little off.
    clock = pa.array([time.as_py() * 1.001 + 0.002 for time in table["timestamp"]], pa.float32())
    table = table.set_column(
        table.schema.get_field_index("timestamp"), table.schema.field("timestamp"), clock
    )
    source = data_file.write(tmp_path / "a.parquet", table, [8, 12])
    language = filled(source, {4: PICK}, ["language_persistent"])["language_persistent"]
    times = clock.to_pylist()
    expected = [subtask("reach", times[0]), subtask("grasp", times[5]), subtask("lift", times[12])]
    assert language.to_pylist() == [expected] * 15 + [[]] * 5
    assert language.type.value_type.field("timestamp").type == pa.float32()


OTHERS = [
    {"role": "user", "content": "tidy up", "style": "task_aug", "timestamp": 0.0},
    {"role": "assistant", "content": "first the cup", "style": "plan", "timestamp": 0.5},
]


def with_language(path: Path, language: pa.Array) -> Path:
    table = data_file.rows([0] * 15).append_column("language_persistent", language)
    return data_file.write(path, table, [15])


@pytest.mark.parametrize("calls", [None, [{"name": "say", "text": "hello"}]], ids=["none", "some"])
def test_other_styles_stay(tmp_path: Path, calls) -> None:
    others = [row | {"camera": None, "tool_calls": calls} for row in OTHERS]
    # As LeRobot's own annotation writes it: types inferred, null where there is no value.
    source = with_language(tmp_path / "a.parquet", pa.array([others] * 15))
    found = filled(source, {0: PICK}, ["language_persistent"])["language_persistent"].to_pylist()
    times = [pytest.approx(time) for time in (0.0, 0.5, 1.2)]
    new = [subtask(segment.subtask, time) for segment, time in zip(PICK, times, strict=True)]
    assert found == [[new[0], others[0], others[1], new[1], new[2]]] * 15


def test_earlier_subtasks_are_only_replaced_with_overwrite(tmp_path: Path) -> None:
    others = [row | {"camera": None, "tool_calls": None} for row in OTHERS]
    once = with_language(tmp_path / "a.parquet", pa.array([[*others, subtask("old", 0.0)]] * 15))
    with pytest.raises(Problem, match="column language_persistent already has subtasks"):
        filled(once, {0: LATE}, ["language_persistent"])
    found = filled(once, {0: LATE}, ["language_persistent"], overwrite=True)
    contents = [row["content"] for row in found["language_persistent"][0].as_py()]
    assert contents == ["tidy up", "reach", "first the cup"]


@pytest.mark.parametrize(
    "language", [pa.array([[]] * 15), pa.array([None] * 15, pa.list_(pa.null()))]
)
def test_a_column_without_language_is_filled(tmp_path: Path, language) -> None:
    source = with_language(tmp_path / "a.parquet", language)
    found = filled(source, {0: LATE}, ["language_persistent"])["language_persistent"]
    assert found.to_pylist() == [[subtask("reach", pytest.approx(0.3))]] * 15


@pytest.mark.parametrize(
    "language", [pa.array(["x"] * 15), pa.array([["x"]] * 15), pa.array([[{"role": "a"}]] * 15)]
)
def test_a_column_of_another_kind_is_refused(tmp_path: Path, language) -> None:
    source = with_language(tmp_path / "a.parquet", language)
    with pytest.raises(Problem, match="column language_persistent must be a list"):
        filled(source, {0: LATE}, ["language_persistent"], overwrite=True)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"timestamp": "soon"},
            "timestamp in its column language_persistent cannot be of type string",
        ),
        ({"timestamp": True}, "timestamp in its column language_persistent cannot be of type bool"),
        ({"style": 5}, "style in its column language_persistent cannot be of type int64"),
        ({"role": ["user"]}, "role in its column language_persistent cannot be of type list"),
        (
            {"tool_calls": "none"},
            "tool_calls in its column language_persistent cannot be of type string",
        ),
        ({"timestamp": None}, "column language_persistent has an entry without a timestamp"),
        ({"timestamp": math.nan}, "column language_persistent has an entry without a timestamp"),
        (None, "column language_persistent has an entry without a timestamp"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named(tmp_path: Path, change, reason: str) -> None:
    row = OTHERS[0] | {"camera": None, "tool_calls": None}
    # Two rows, where their types agree, so that null has one.
    other = None if change is None else row | change
    language = [row, other] if "without" in reason else [other]
    source = with_language(tmp_path / "a.parquet", pa.array([language] * 15))
    with pytest.raises(Problem, match=reason):
        filled(source, {0: LATE}, ["language_persistent"], overwrite=True)
