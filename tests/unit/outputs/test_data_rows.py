"""What the rows of a data file say of themselves, whatever types say it."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from subtasks.errors import Problem
from subtasks.outputs import data_rows
from subtasks.outputs.data_rows import DataRows, Frames
from subtasks.parquet import reading
from subtasks.segments.segment import Segment
from support import data_file
from support.outputs import LATE, filled


def frames(path: Path, whole: int | None = None) -> dict[int, Frames]:
    with reading.opened(path) as file:
        return DataRows(file, whole).frames()


def written(path: Path, **columns: Any) -> Path:
    """A file of one episode of four frames, with other columns in place of some or without."""
    table = {"episode_index": [0] * 4, "frame_index": range(4), "timestamp": [0.0, 0.1, 0.2, 0.3]}
    table |= columns
    pq.write_table(pa.table({k: v for k, v in table.items() if v is not None}), path)
    return path


def test_frames_are_counted_by_episode(tmp_path: Path) -> None:
    episodes = [5] * 7 + [1] * 3 + [5] * 2
    source = data_file.write(tmp_path / "a.parquet", data_file.rows(episodes), [8, 4])
    assert frames(source) == {1: Frames(3, 3, None), 5: Frames(9, 9, None)}
    shuffled = data_file.rows([0] * 5).take(pa.array([4, 0, 3, 1, 2]))
    assert frames(data_file.write(source, shuffled, [5])) == {0: Frames(5, 5, None)}
    assert frames(source, whole=9) == {9: Frames(5, 5, None)}


FAULTY = {
    "from 1": ([1, 2, 3, 4], "goes from 1 to 4 in its 4 rows"),
    "goes on": ([40, 41, 42, 43], "goes from 40 to 43 in its 4 rows"),
    "zeros": ([0, 0, 0, 0], "goes from 0 to 0 in its 4 rows"),
    "gap": ([0, 1, 2, 4], "goes from 0 to 4 in its 4 rows"),
    "twice": ([0, 1, 1, 3], "goes from 0 to 3 in its 4 rows"),
    "negative": ([0, 1, 2, -3], "has no whole number in 1 of its 4 rows"),
    "null": ([0, 1, None, 3], "has no whole number in 1 of its 4 rows"),
    "all null": (pa.nulls(4, pa.int64()), "has no whole number in 4 of its 4 rows"),
    "fractions": ([0.0, 0.1, 0.2, 0.3], "has no whole number in 3 of its 4 rows"),
    "nan": ([0.0, 1.0, 2.0, float("nan")], "has no whole number in 1 of its 4 rows"),
    "words": (["0", "1", "two", "3"], "has no whole number in 1 of its 4 rows"),
    "huge": ([0, 1, 2, 1 << 62], "goes from 0 to 4611686018427387904 in its 4 rows"),
    "uint64": (pa.array([0, 1, 2, (1 << 64) - 1], pa.uint64()), "has no whole number in 1 of"),
    "lists": ([[0], [1], [2, 3], [3]], "has no whole number in 1 of its 4 rows"),
}


@pytest.mark.parametrize("whole", [None, 0], ids=["by rows", "whole file"])
@pytest.mark.parametrize("name", FAULTY)
def test_frames_that_cannot_be_told_apart_get_no_label(tmp_path: Path, name: str, whole) -> None:
    values, said = FAULTY[name]
    source = written(tmp_path / "a.parquet", frame_index=values)
    with pytest.raises(Problem, match=f"column frame_index {said}.*, but must count from 0 to 3"):
        filled(source, {0: LATE}, ["response"], whole=whole)
    # Nothing is lost where there is no label.
    assert filled(source, {0: []}, ["response"], whole=whole)["response"].to_pylist() == [""] * 4


def test_one_episodes_frames_are_no_other_episodes_trouble(tmp_path: Path) -> None:
    source = written(tmp_path / "a.parquet", episode_index=[0, 0, 1, 1], frame_index=[0, 1, 2, 3])
    labels = {0: [Segment(0, "a")]}
    found = filled(source, labels, ["response"])["response"].to_pylist()
    assert found == ["a", "a", "", ""]
    with pytest.raises(
        Problem, match=r"goes from 2 to 3 in its 2 rows, .*, in episode 1: repair it"
    ):
        filled(source, labels | {1: [Segment(0, "a")]}, ["response"])


def test_labels_without_rows_are_not_dropped(tmp_path: Path) -> None:
    source = written(tmp_path / "a.parquet")
    with pytest.raises(Problem, match="has no rows of episode 3, which has subtasks: exclude it"):
        filled(source, {3: LATE}, ["response"])


WHOLE = {
    "int32": pa.int32(),
    "uint8": pa.uint8(),
    "uint64": pa.uint64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "decimal": pa.decimal128(30, 2),
    "text": pa.string(),
    "large text": pa.large_string(),
    "text view": pa.string_view(),
    "dictionary": pa.dictionary(pa.int32(), pa.int64()),
    "dictionary of texts": pa.dictionary(pa.int8(), pa.string()),
    "list": pa.list_(pa.int64()),
    "large list": pa.large_list(pa.float32()),
    "fixed list": pa.list_(pa.int64(), 1),
}


def converted(values: list[int], kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(kind):
        return pa.array(values).cast(kind.value_type).dictionary_encode()
    if pa.types.is_nested(kind):
        return pa.array([[value] for value in values], kind)
    return pa.array(values, pa.int64()).cast(kind)


@pytest.mark.parametrize("whole", [None, 0], ids=["by rows", "whole file"])
@pytest.mark.parametrize("name", WHOLE)
def test_whole_numbers_of_any_type_are_read(tmp_path: Path, name: str, whole) -> None:
    source = written(
        tmp_path / "a.parquet",
        episode_index=converted([0] * 4, WHOLE[name]),
        frame_index=converted([0, 1, 2, 3], WHOLE[name]),
    )
    found = filled(source, {0: LATE}, ["response"], whole=whole)
    assert found["response"].to_pylist() == ["", "", "", "reach"]
    before = pq.read_table(source)
    assert found.select(before.column_names).equals(before)


TIMES = {
    "float": pa.array([0.5, 0.75, 1.0, 1.25], pa.float32()),
    "double": pa.array([0.5, 0.75, 1.0, 1.25]),
    "half": pa.array(np.array([0.5, 0.75, 1.0, 1.25], np.float16)),
    "integers": pa.array([5, 6, 7, 8]),
    "decimal": pa.array([Decimal("0.50"), Decimal("0.75"), Decimal("1.00"), Decimal("1.25")]),
    "text": pa.array(["0.5", " 0.75", "1", "1.25e0"]),
    "list": pa.array([[0.5], [0.75], [1.0], [1.25]]),
    "duration": pa.array([500, 750, 1000, 1250], pa.duration("ms")),
}


@pytest.mark.parametrize("name", TIMES)
def test_times_of_any_type_are_seconds(tmp_path: Path, name: str) -> None:
    source = written(tmp_path / "a.parquet", timestamp=TIMES[name])
    found = filled(source, {0: [Segment(0, "a"), Segment(0.3, "b")]}, ["language_persistent"])
    times = [entry["timestamp"] for entry in found["language_persistent"][2].as_py()]
    assert times == ([5.0, 8.0] if name == "integers" else [0.5, 1.25])


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ([0.0, 0.1, 0.2, None], "timestamp has no number where a subtask of episode 0 begins"),
        ([0.0, 0.1, 0.2, float("nan")], "timestamp has no number where a subtask of episode 0"),
        ([0.0, 0.1, 0.2, float("inf")], "timestamp has no number where a subtask of episode 0"),
        (["0", "0.1", "0.2", "soon"], "timestamp has no number where a subtask of episode 0"),
        ([1.7e9, 1.7e9 + 1, 1.7e9 + 2, 1.7e9 + 3], "timestamp does not rise from one subtask"),
        ([1e300, 2e300, 3e300, 4e300], "timestamp does not rise from one subtask"),
        ([0.3, 0.2, 0.1, 0.0], "timestamp does not rise from one subtask"),
        ([5, 5, 5, 5], "timestamp does not rise from one subtask"),
        ([True] * 4, "timestamp holds bool, not seconds"),
        (pa.array(range(4), pa.timestamp("s")), r"timestamp holds timestamp\[ms\], not seconds"),
        ([[0.0, 1.0]] * 4, "timestamp holds lists of several values, not seconds"),
        ([{"s": 1}] * 4, "timestamp holds struct<s: int64>, not seconds"),
        (None, "no column timestamp, which LeRobot's data files have"),
    ],
)
def test_times_that_cannot_be_used_are_named(tmp_path: Path, times, said: str) -> None:
    source = written(tmp_path / "a.parquet", timestamp=times)
    labels = {0: [Segment(0, "a"), Segment(0.3, "b")]}
    with pytest.raises(Problem, match=said):
        filled(source, labels, ["language_persistent"])
    assert filled(source, labels, ["response"])["response"][3].as_py() == "b"


@pytest.mark.parametrize("name", ["episode_index", "frame_index"])
@pytest.mark.parametrize(
    ("values", "said"),
    [
        (None, "it has no column {}, which LeRobot's data files have"),
        ([True] * 4, "its column {} holds bool, not whole numbers"),
        ([{"a": 1}] * 4, "its column {} holds struct<a: int64>, not whole numbers"),
        ([b"a"] * 4, "its column {} holds binary, not whole numbers"),
        (pa.nulls(4), "its column {} holds null, not whole numbers"),
        (pa.array(range(4), pa.date32()), "its column {} holds date32[day], not whole numbers"),
        ([[[0]]] * 4, "its column {} holds list<element: list<element: int64>>, not whole numbers"),
    ],
    ids=str,
)
def test_a_column_that_is_needed_is_named(tmp_path: Path, name, values, said: str) -> None:
    source = written(tmp_path / "a.parquet", **{name: values})
    with pytest.raises(Problem) as caught:
        filled(source, {0: LATE}, ["response"])
    assert str(caught.value) == said.format(name)
    if name == "episode_index":
        assert filled(source, {0: LATE}, ["response"], whole=0)["response"][3].as_py() == "reach"


def test_an_episodes_value_is_that_of_all_its_rows(tmp_path: Path) -> None:
    source = written(tmp_path / "a.parquet", episode_index=[2, 2, 0, 2], note=[[1], [1], None, [1]])
    with reading.opened(source) as file:
        assert dict(DataRows(file).constant_values("note")) == {2: [1], 0: None}
        with pytest.raises(Problem, match="note differs between the rows of episode 7"):
            list(DataRows(file, whole=7).constant_values("note"))


def test_times_are_read_as_numbers_with_nothing_guessed() -> None:
    texts = pa.array(["1", "0x1", "1_0", "", None, "nan", "-2.5", "٣"])
    assert data_rows.seconds(texts).tolist() == pytest.approx(
        [1, *[np.nan] * 5, -2.5, np.nan], nan_ok=True
    )


def test_a_file_without_rows_needs_no_types(tmp_path: Path) -> None:
    for name in ("null", "none"):
        table = {"episode_index": pa.nulls(0)} if name == "null" else {}
        pq.write_table(pa.table(table | {"x": pa.nulls(0)}), tmp_path / "a.parquet")
        found = filled(tmp_path / "a.parquet", {0: []}, ["response", "language_persistent"])
        assert found.num_rows == 0
        assert found.column_names[-2:] == ["response", "language_persistent"]
