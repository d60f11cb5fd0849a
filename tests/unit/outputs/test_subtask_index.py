"""`subtask_index`: numbers that LeRobot finds the right text for."""

import json
from pathlib import Path

import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from subtasks.errors import Problem
from subtasks.outputs import subtask_index
from support import data_file
from support.outputs import PICK, filled, numbered


def test_numbers_are_sorted_and_known_ones_stay(tmp_path: Path) -> None:
    texts = subtask_index.number({"reach", "grasp", "Lift"}, [])
    assert texts == ["", "Lift", "grasp", "reach"]
    assert subtask_index.number({"reach", "aim"}, ["reach", "grasp"]) == [
        "reach",
        "grasp",
        "",
        "aim",
    ]
    assert subtask_index.read(numbered(tmp_path / "a.parquet", texts)) == texts


def test_the_number_leads_to_the_text_as_lerobot_looks_it_up(tmp_path: Path) -> None:
    numbers = numbered(tmp_path / "subtasks.parquet", ["reach", "", "grasp", "lift"])
    source = data_file.write(tmp_path / "a.parquet", data_file.rows([0] * 15 + [1] * 5), [20])
    found = filled(source, {0: PICK}, ["response", "subtask_index"], numbers=numbers)
    subtasks = pandas.read_parquet(numbers)
    assert list(subtasks.columns) == ["subtask_index"]
    looked_up = [subtasks.iloc[number].name for number in found["subtask_index"].to_pylist()]
    assert looked_up == found["response"].to_pylist()
    assert looked_up[-1] == ""


def test_a_number_is_the_row_of_its_text(tmp_path: Path) -> None:
    """The same without pandas: a row's position, the text in the column that is its index."""
    numbers = numbered(tmp_path / "subtasks.parquet", ["reach", "", "grasp", "lift"])
    source = data_file.write(tmp_path / "a.parquet", data_file.rows([0] * 15 + [1] * 5), [20])
    found = filled(source, {0: PICK}, ["response", "subtask_index"], numbers=numbers)
    table = pq.read_table(numbers)
    [index] = json.loads(table.schema.metadata[b"pandas"])["index_columns"]
    texts = table[index].to_pylist()
    assert [texts[n] for n in found["subtask_index"].to_pylist()] == found["response"].to_pylist()
    assert table["subtask_index"].to_pylist() == [0, 1, 2, 3]
    assert found.schema.field("subtask_index").type == pa.int64()


@pytest.mark.parametrize(
    "table",
    [
        {"subtask_index": [0, 2], "subtask": ["a", "b"]},
        {"subtask_index": [1, 0], "subtask": ["a", "b"]},
        {"subtask_index": [0, 1], "subtask": ["a", "a"]},
        {"subtask_index": [0, 0], "subtask": ["a", "b"]},
        {"subtask_index": [0, None], "subtask": ["a", "b"]},
        {"subtask_index": [0.0, 1.5], "subtask": ["a", "b"]},
        {"subtask_index": [0, 1], "subtask": ["a", None]},
        {"subtask_index": [0, 1]},
        {"number": [0, 1], "subtask": ["a", "b"]},
        {"subtask_index": [0, 1], "subtask": ["a", "b"], "other": ["c", "d"]},
    ],
)
def test_a_table_lerobot_cannot_look_up_is_refused(tmp_path: Path, table) -> None:
    pq.write_table(pa.table(table), tmp_path / "subtasks.parquet")
    with pytest.raises(Problem, match=r"subtasks\.parquet .*: repair or remove it"):
        subtask_index.read(tmp_path / "subtasks.parquet")


def test_a_table_that_lacks_a_text_is_refused(tmp_path: Path) -> None:
    source = data_file.write(tmp_path / "a.parquet", data_file.rows([0] * 15), [15])
    numbers = numbered(tmp_path / "subtasks.parquet", ["", "reach", "grasp"])
    with pytest.raises(Problem, match="no number for 'lift'"):
        filled(source, {0: PICK}, ["subtask_index"], numbers=numbers)
    with pytest.raises(Problem, match="--numbers"):
        filled(source, {0: PICK}, ["subtask_index"])
