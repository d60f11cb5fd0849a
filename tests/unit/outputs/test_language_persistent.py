"""`language_persistent`: subtasks with the data's own timestamps, beside other styles."""

import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import datasets
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
    "language",
    [pa.array([[]] * 15), pa.array([None] * 15, pa.list_(pa.null())), pa.nulls(15)],
)
def test_a_column_without_language_is_filled(tmp_path: Path, language) -> None:
    source = with_language(tmp_path / "a.parquet", language)
    found = filled(source, {0: LATE}, ["language_persistent"])["language_persistent"]
    assert found.to_pylist() == [[subtask("reach", pytest.approx(0.3))]] * 15


ENTRY = OTHERS[1] | {"camera": None, "tool_calls": None}
TEXT = pa.string()
LEROBOTS = {"role": TEXT, "content": TEXT, "style": TEXT, "timestamp": pa.float32()}
LEROBOTS |= {"camera": TEXT, "tool_calls": pa.list_(TEXT)}


def entries(entry: dict[str, Any] = ENTRY, **types: pa.DataType | None) -> pa.Array:
    """One entry in each row, with other types in place of LeRobot's or without."""
    kinds = {name: kind for name, kind in (LEROBOTS | types).items() if kind is not None}
    return pa.array([[{name: entry.get(name) for name in kinds}]] * 15, pa.list_(pa.struct(kinds)))


def with_json_calls() -> pa.Array:
    """As LeRobot 0.6 writes it through `datasets`, in a type that Arrow does not make."""
    calls = pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"name": "say"}'] * 15))
    fields = [pa.array([ENTRY[name]] * 15, kind) for name, kind in [*LEROBOTS.items()][:5]]
    calls = pa.ListArray.from_arrays(pa.array(range(16), pa.int32()), calls)
    rows = pa.StructArray.from_arrays([*fields, calls], names=[*LEROBOTS])
    return pa.ListArray.from_arrays(pa.array(range(16), pa.int32()), rows)


def twice() -> pa.Array:
    fields = [pa.array([ENTRY[name]] * 15, kind) for name, kind in LEROBOTS.items()]
    rows = pa.StructArray.from_arrays([*fields, fields[0]], names=[*LEROBOTS, "role"])
    return pa.ListArray.from_arrays(pa.array(range(16), pa.int32()), rows)


KINDS: dict[str, pa.Array] = {
    "large lists": pa.array([[ENTRY]] * 15, pa.large_list(pa.struct(LEROBOTS))),
    "fixed lists": pa.array([[ENTRY]] * 15, pa.list_(pa.struct(LEROBOTS), 1)),
    "large texts": entries(role=pa.large_string(), content=pa.large_string()),
    "categories": entries(style=pa.dictionary(pa.int8(), TEXT)),
    "double times": entries(timestamp=pa.float64()),
    "half times": entries(timestamp=pa.float16()),
    "whole times": entries(ENTRY | {"timestamp": 0}, timestamp=pa.int64()),
    "exact times": entries(ENTRY | {"timestamp": Decimal("0.5")}, timestamp=pa.decimal128(9, 2)),
    "without camera": entries(camera=None),
    "without calls": entries(tool_calls=None),
    "large calls": entries(tool_calls=pa.large_list(TEXT)),
    "untyped": entries(camera=pa.null(), tool_calls=pa.null()),
    "json calls": with_json_calls(),
    "more fields": entries(ENTRY | {"more": [1]}, more=pa.list_(pa.int8())),
    "nothing may be null": pa.array(
        [[ENTRY]] * 15,
        pa.list_(
            pa.struct([pa.field(n, k, n in ("camera", "tool_calls")) for n, k in LEROBOTS.items()])
        ),
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_columns_of_other_writers_are_extended(tmp_path: Path, name: str) -> None:
    source = with_language(tmp_path / "a.parquet", KINDS[name])
    found = filled(source, {0: LATE}, ["language_persistent"])["language_persistent"]
    [[first, second], *others] = found.to_pylist()
    assert others == [[first, second]] * 14
    new, old = sorted((first, second), key=lambda entry: entry["style"] != "subtask")
    before = KINDS[name][0].as_py()[0]
    assert {**old, **before} == old
    assert old["timestamp"] == before["timestamp"]
    assert new | {"more": None} == {**subtask("reach", pytest.approx(0.3, abs=1e-3)), "more": None}
    # Once more, as for a dataset that was published: nothing is lost, and subtasks are replaced.
    again = filled(
        source.with_suffix(".out.parquet"), {0: []}, ["language_persistent"], overwrite=True
    )
    assert again["language_persistent"].to_pylist() == [[old]] * 15


@pytest.mark.parametrize("where", ["same file", "by datasets"])
def test_calls_as_json_stay_json(tmp_path: Path, where: str) -> None:
    source = tmp_path / "a.parquet"
    if where == "by datasets":
        text = datasets.Value("string")
        row = dict.fromkeys(("role", "content", "style", "camera"), text)
        row |= {"timestamp": datasets.Value("float32"), "tool_calls": [datasets.Json()]}
        features = datasets.Features(
            {"language_persistent": [row]}
            | {name: datasets.Value("int64") for name in ("episode_index", "frame_index")}
            | {"timestamp": datasets.Value("float32")}
        )
        rows = {"episode_index": [0] * 5, "frame_index": range(5), "timestamp": range(5)}
        rows |= {"language_persistent": [[ENTRY | {"tool_calls": [{"name": "say"}]}]] * 5}
        datasets.Dataset.from_dict(rows, features=features).to_parquet(source)
    else:
        with_language(source, with_json_calls())
    found = filled(source, {0: LATE}, ["language_persistent"])["language_persistent"]
    assert found.type.value_type.field("tool_calls").type == pa.list_(pa.json_())
    [calls] = [e["tool_calls"] for e in found[0].as_py() if e["style"] == "plan"]
    assert [json.loads(call) for call in calls] == [{"name": "say"}]
    if where == "by datasets":
        cache = str(tmp_path / "cache")
        path = str(source.with_suffix(".out.parquet"))
        read = datasets.Dataset.from_parquet(path, cache_dir=cache)
        entry = read[0]["language_persistent"][-1]
        assert entry["tool_calls"] == [{"name": "say"}] or entry["style"] == "subtask"
        assert len(read[0]["language_persistent"]) == 2


def test_rows_that_differ_are_refused_since_one_would_be_lost(tmp_path: Path) -> None:
    other = ENTRY | {"content": "then the plate"}
    for last in ([other], [ENTRY, other], [], None):
        source = with_language(tmp_path / "a.parquet", pa.array([[ENTRY]] * 14 + [last]))
        with pytest.raises(Problem, match="language_persistent differs between the rows of epis"):
            filled(source, {0: LATE}, ["language_persistent"], overwrite=True)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (twice(), "has the field role twice"),
        (pa.array([[("a", 1)]] * 15, pa.map_(TEXT, pa.int64())), "must be a list"),
        (pa.array([ENTRY] * 15), "must be a list"),
        (entries(style=None), "must be a list of role, content, style"),
        (entries(timestamp=None), "must be a list of role, content, style"),
        (entries(content=pa.binary()), "content in its column language_persistent cannot be of"),
        (entries(more=pa.timestamp("ns")), "more in its column language_persistent cannot be of"),
        (entries(timestamp=pa.duration("s")), "timestamp in its column language_persistent cannot"),
    ],
)
def test_what_cannot_be_extended_says_how_to_do_without(tmp_path: Path, language, said) -> None:
    source = with_language(tmp_path / "a.parquet", language)
    with pytest.raises(Problem, match=rf"{said}.*: repair or remove it, or set output\.language_"):
        filled(source, {0: LATE}, ["language_persistent"])


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
