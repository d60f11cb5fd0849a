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
    ("table", "said"),
    [
        ({"subtask_index": [0, 2], "subtask": ["a", "b"]}, " must number distinct texts 0, 1, 2 …"),
        ({"subtask_index": [1, 0], "subtask": ["a", "b"]}, " must number distinct texts"),
        ({"subtask_index": [1, 2], "subtask": ["a", "b"]}, " must number distinct texts"),
        ({"subtask_index": [0, 1], "subtask": ["a", "a"]}, " must number distinct texts"),
        ({"subtask_index": [0, 0], "subtask": ["a", "b"]}, " must number distinct texts"),
        (
            {"subtask_index": [0, None], "subtask": ["a", "b"]},
            "subtask_index: it has an empty cell",
        ),
        ({"subtask_index": [0.0, 1.5], "subtask": ["a", "b"]}, "it holds 1.5 of type double"),
        ({"subtask_index": ["0", "one"], "subtask": ["a", "b"]}, "it holds the text 'one'"),
        ({"subtask_index": [True, False], "subtask": ["a", "b"]}, "it holds bool, not whole"),
        ({"subtask_index": [0, 1], "subtask": ["a", None]}, "its column subtask has an empty cell"),
        ({"subtask_index": [0, 1], "subtask": [1, 2]}, "its column subtask holds int64, not texts"),
        ({"subtask_index": [0, 1], "subtask": [["a"], ["b"]]}, "holds list<element: string>, not"),
        ({"subtask_index": [0, 1], "subtask": [b"a", b"b"]}, "holds binary, not texts"),
        ({"subtask_index": [0, 1]}, "and no others (it has 'subtask_index')"),
        ({"number": [0, 1], "subtask": ["a", "b"]}, "must have a column subtask_index and one"),
        (
            {"subtask_index": [0, 1], "subtask": ["a", "b"], "other": [1, 2]},
            "and no others (it has",
        ),
    ],
)
def test_a_table_lerobot_cannot_look_up_is_refused(tmp_path: Path, table, said: str) -> None:
    pq.write_table(pa.table(table), tmp_path / "subtasks.parquet")
    with pytest.raises(Problem) as caught:
        subtask_index.read(tmp_path / "subtasks.parquet")
    sentence = str(caught.value)
    assert sentence.startswith(str(tmp_path / "subtasks.parquet"))
    assert said in sentence
    assert sentence.endswith("repair or remove it, or set output.subtask_index: false")


NUMBERS = [pa.int8(), pa.int32(), pa.uint8(), pa.uint64(), pa.float32(), pa.float64(), pa.string()]


@pytest.mark.parametrize("kind", NUMBERS, ids=str)
@pytest.mark.parametrize("text", ["text", "large text", "text view", "categories"])
def test_numbers_and_texts_of_other_types_are_read(tmp_path: Path, kind, text: str) -> None:
    texts = pa.array(["", "lift", "reach"])
    if text == "categories":
        texts = texts.dictionary_encode()
    else:
        texts = texts.cast(
            {"large text": pa.large_string(), "text view": pa.string_view()}.get(text, pa.string())
        )
    table = pa.table({"text": texts, "subtask_index": pa.array([0, 1, 2]).cast(kind)})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=2)
    assert subtask_index.read(tmp_path / "a.parquet") == ["", "lift", "reach"]


def test_a_table_without_rows_has_no_numbers(tmp_path: Path) -> None:
    for table in (subtask_index.table([]), pa.table({"subtask_index": [], "subtask": []})):
        pq.write_table(table, tmp_path / "a.parquet")
        assert subtask_index.read(tmp_path / "a.parquet") == []


def test_texts_that_are_none_are_a_sentence(tmp_path: Path) -> None:
    """Bytes that are no UTF-8, which Arrow only notices when they become Python's."""
    offsets, data = pa.py_buffer(bytes([0, 0, 0, 0, 1, 0, 0, 0])), pa.py_buffer(b"\xff")
    texts = pa.Array.from_buffers(pa.string(), 1, [None, offsets, data])
    pq.write_table(pa.table({"subtask_index": [0], "subtask": texts}), tmp_path / "a.parquet")
    with pytest.raises(Problem, match=r"a\.parquet cannot be read as Parquet: 'utf-8' codec"):
        subtask_index.read(tmp_path / "a.parquet")


def test_a_table_that_lacks_a_text_is_refused(tmp_path: Path) -> None:
    source = data_file.write(tmp_path / "a.parquet", data_file.rows([0] * 15), [15])
    numbers = numbered(tmp_path / "subtasks.parquet", ["", "reach", "grasp"])
    with pytest.raises(Problem, match="no number for 'lift'"):
        filled(source, {0: PICK}, ["subtask_index"], numbers=numbers)
    with pytest.raises(Problem, match="--numbers"):
        filled(source, {0: PICK}, ["subtask_index"])
