"""Labels on the frames of a data file: runs of them, whatever order and values the rows have."""

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.dataset import dataset as datasets
from subtasks.dataset.dataset import Dataset
from subtasks.outputs import subtask_index
from subtasks.truth import frame_columns
from subtasks.truth.written import WrittenSegment
from support.many_episodes import render


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = render(tmp_path_factory.mktemp("frames") / "demo", 2, "v3.0")
    return datasets.load(root, samples=False)


def read(dataset: Dataset, rows: list[dict[str, Any]], column: str = "response") -> Any:
    path = dataset.root / "rows.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    return frame_columns.read(dataset, column, lambda _path, _columns: path)


def row(frame: Any, value: Any, episode: Any = 0) -> dict[str, Any]:
    return {"episode_index": episode, "frame_index": frame, "response": value}


def test_frames_with_one_text_are_a_segment_and_those_without_a_gap(dataset: Dataset) -> None:
    values = ["a", "a", "", "", None, "b", "a", "a"]
    found = read(dataset, [row(frame, value) for frame, value in enumerate(values)])
    assert found.segments == {
        0: [
            WrittenSegment(0.0, 0.2, "a"),
            WrittenSegment(0.5, 0.6, "b"),
            WrittenSegment(0.6, 0.8, "a"),
        ]
    }
    assert found.frames == {0: 8}


def test_rows_may_come_in_any_order_and_say_nothing(dataset: Dataset) -> None:
    rows = [row(1, "b"), row(0, "a"), row(None, "x"), row(0, "c", 1), row(0, "y", None)]
    assert read(dataset, rows).segments == {
        0: [WrittenSegment(0.0, 0.1, "a"), WrittenSegment(0.1, 0.2, "b")],
        1: [WrittenSegment(0.0, 0.1, "c")],
    }


def test_a_number_without_a_text_is_no_label(dataset: Dataset) -> None:
    table = dataset.root / frame_columns.NUMBERS_TABLE
    pq.write_table(subtask_index.table(["", "reach"]), table)
    rows = [
        {"episode_index": 0, "frame_index": frame, "subtask_index": number}
        for frame, number in enumerate([1, 1, 0, 2, -1, None])
    ]
    found = read(dataset, rows, "subtask_index")
    assert found.segments == {0: [WrittenSegment(0.0, 0.2, "reach")]}
    table.unlink()


def test_rows_of_language_that_are_no_subtasks_are_left_alone(dataset: Dataset) -> None:
    entries = [
        {"style": "subtask", "content": "reach", "timestamp": 2.0},
        {"style": "plan", "content": "1. reach", "timestamp": 2.0},
        {"style": "subtask", "content": None, "timestamp": 2.5},
        {"style": "subtask", "content": "lift", "timestamp": 2.5},
        None,
    ]
    rows = [
        {
            "episode_index": 0,
            "frame_index": frame,
            "timestamp": 2.0 + frame / 10,
            "language_persistent": entries,
        }
        for frame in range(10)
    ]
    found = read(dataset, rows, "language_persistent")
    # Times are those of the data, which need not begin at 0.
    assert found.segments == {
        0: [WrittenSegment(0.0, None, "reach"), WrittenSegment(0.5, None, "lift")]
    }
    assert found.frames == {0: 10}


def test_a_file_that_cannot_be_read_leaves_its_episodes_out(dataset: Dataset) -> None:
    found = read(dataset, [{"episode_index": 0, "frame_index": 0}])
    [fault] = found.faults
    assert found.segments == {}
    assert fault.endswith("has no column response, which its dataset says it has")
    missing = frame_columns.read(dataset, "response", lambda path, _: dataset.root / "none" / path)
    assert missing.faults == ("data/chunk-000/file-000.parquet is missing",)


def test_language_that_is_none_has_no_labels(dataset: Dataset) -> None:
    rows = [
        {"episode_index": 0, "frame_index": 0, "timestamp": 0.0, "language_persistent": value}
        for value in ("a text",)
    ]
    assert read(dataset, rows, "language_persistent").segments == {}


def test_a_table_of_numbers_that_cannot_be_used_is_said_without_advice_to_writers(
    dataset: Dataset,
) -> None:
    table = dataset.root / frame_columns.NUMBERS_TABLE
    pq.write_table(pa.table({"subtask_index": [5, 9], "subtask": ["a", "b"]}), table)
    found = frame_columns.read(dataset, "subtask_index", lambda path, _: dataset.root / path)
    table.unlink()
    [fault] = found.faults
    assert "meta/subtasks.parquet" in fault
    assert "output." not in fault


def test_only_columns_of_the_dataset_are_looked_for(dataset: Dataset) -> None:
    assert frame_columns.present(dataset) == []
    dataset.features["subtask_index"] = dataset.features["language_persistent"] = {}
    assert frame_columns.present(dataset) == ["language_persistent"]


@given(st.lists(st.sampled_from(["a", "b", "", None]), min_size=1, max_size=30))
def test_every_frame_has_its_label_again(dataset: Dataset, values: list[str | None]) -> None:
    found = read(dataset, [row(frame, value) for frame, value in enumerate(values)])
    again: list[str | None] = [None] * len(values)
    for each in found.segments.get(0, []):
        for frame in range(round(each.start * 10), round(each.end * 10)):
            again[frame] = each.label
    assert again == [value or None for value in values]
