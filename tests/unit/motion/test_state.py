from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from subtasks.errors import Problem
from subtasks.motion.state import read_columns, read_state


def table(path: Path, state: pa.Array, **more: pa.Array) -> Path:
    pq.write_table(pa.table({"state": state, **more}), path, row_group_size=10)
    return path


def test_the_rows_of_an_episode_are_read(tmp_path):
    numbers = np.arange(75.0).reshape(25, 3)
    state = pa.FixedSizeListArray.from_arrays(numbers.ravel(), 3)
    other = pa.array([[-1.0]] * 25)
    path = table(tmp_path / "file.parquet", state, **{"state.effort": other})
    for start, stop in ((0, 25), (0, 10), (10, 20), (7, 13), (24, 25)):
        assert read_state(path, "state", start, stop).tolist() == numbers[start:stop].tolist()
    assert read_state(path, "state.effort", 3, 5).tolist() == [[-1.0], [-1.0]]


def test_a_file_that_ends_early_is_read_to_its_end(tmp_path, caplog):
    path = table(tmp_path / "file.parquet", pa.array([1, 2, 3]))
    assert read_state(path, "state", 1, 9).tolist() == [[2.0], [3.0]]
    assert "has 3 rows" in caplog.text


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (pa.array([[1.0, 2.0], [1.0, float("nan")]]), "row 1 holds the number nan"),
        (pa.array([[1.0, 2.0], [-float("inf"), 1.0]]), "row 1 holds the number -inf"),
        (pa.array([[1.0, 2.0], [1e30, 1.0]]), "row 1 holds the number 1e+30"),
        (pa.array([[1.0, 2.0], None]), "a row is missing"),
        (pa.array([[1.0, 2.0], [1.0, None]]), "a number is missing"),
        (pa.array([[1.0, 2.0], [1.0]]), "not equally long"),
        (pa.array([[], []], pa.list_(pa.float32())), "have 0 numbers"),
        (pa.array(["a", "b"]), "holds string, not numbers"),
        (pa.array([["1.0"], ["2.0"]]), "holds string, not numbers"),
        (pa.array([{"x": 1.0}] * 2), "holds struct"),
        (pa.array([b"a", b"b"]), "holds binary, not numbers"),
        (pa.nulls(2), "a row is missing"),
        (pa.nulls(2, pa.list_(pa.float32())), "a row is missing"),
        (pa.array([[[1.0]], [[1.0], [2.0]]]), "not equally long"),
        (pa.array([[[1.0], None], [[1.0], [2.0]]]), "a number is missing"),
        (pa.array([1, 2], pa.timestamp("ns")), "holds timestamp[ns], not numbers"),
    ],
)
def test_what_cannot_be_a_state_is_refused_in_a_sentence(tmp_path, state, reason):
    path = table(tmp_path / "file.parquet", state)
    with pytest.raises(Problem, match=f"^cannot use state in {path}: .*") as problem:
        read_state(path, "state", 0, 2)
    assert reason in str(problem.value)


@pytest.mark.parametrize(
    "state",
    [
        pa.array([[1, 0], [0, 1]]),
        pa.array([[1, 0], [0, 1]], pa.list_(pa.uint8())),
        pa.array([[1.0, 0.0], [0.0, 1.0]], pa.list_(pa.float16())),
        pa.array([[1.0, 0.0], [0.0, 1.0]], pa.large_list(pa.float64())),
        pa.array([[True, False], [False, True]]),
        pa.array([[Decimal("1.0"), Decimal("0.0")], [Decimal("0.0"), Decimal("1.0")]]),
        pa.array([[[1.0], [0.0]], [[0.0], [1.0]]]),
        pa.array([[[1.0, 0.0]], [[0.0, 1.0]]], pa.list_(pa.list_(pa.float32(), 2), 1)),
    ],
    ids=str,
)
def test_numbers_are_read_whatever_holds_them(tmp_path, state):
    path = table(tmp_path / "file.parquet", state)
    assert read_state(path, "state", 0, 2).tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_single_numbers_in_a_dictionary_are_read(tmp_path):
    path = table(tmp_path / "file.parquet", pa.array([1.5, 2.5, 1.5]).dictionary_encode())
    assert read_state(path, "state", 0, 3).tolist() == [[1.5], [2.5], [1.5]]


@pytest.mark.parametrize(("column", "start"), [("absent", 0), ("state", 2)])
def test_what_is_not_there_is_refused_in_a_sentence(tmp_path, column, start):
    path = table(tmp_path / "file.parquet", pa.array([1.0, 2.0]))
    with pytest.raises(Problem, match=str(path)):
        read_state(path, column, start, start + 1)


def test_columns_are_read_side_by_side(tmp_path):
    path = table(
        tmp_path / "file.parquet",
        pa.array([1.0, 2.0, 3.0, 4.0]),
        grip=pa.array([[5], [6], [7], [8]]),
        episode_index=pa.array([3, 4, 4, 5]),
        frame_index=pa.array([0, 0, 1, 0]),
    )
    state, grip = read_columns(path, ["state", "grip"], 4)
    assert state.tolist() == [[2.0], [3.0]]
    assert grip.tolist() == [[6.0], [7.0]]
    (first,) = read_columns(path, ["state"], 4, 1)
    assert first.tolist() == [[2.0]]


@pytest.mark.parametrize(
    ("episodes", "frames", "sentence"),
    [
        ([3, 3, 3], [0, 1, 2], "has no rows of episode 4; repair the file or exclude"),
        ([4, 3, 4], [0, 0, 1], "does not have the rows of episode 4 one after the other"),
        ([4, 4, 4], [1, 0, 2], "does not have the rows of episode 4 one after the other"),
        ([4, 4, 4], [5, 6, 7], "its frame_index goes from 5 to 7 in 3 rows, but must count from"),
    ],
)
def test_an_episode_that_cannot_be_used_is_not_read(tmp_path, episodes, frames, sentence):
    columns = {"episode_index": pa.array(episodes), "frame_index": pa.array(frames)}
    path = table(tmp_path / "file.parquet", pa.array([1.0, 2.0, 3.0]), **columns)
    with pytest.raises(Problem, match=sentence):
        read_columns(path, ["state"], 4)


def test_a_pointer_of_git_lfs_is_refused(tmp_path):
    path = tmp_path / "file.parquet"
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n")
    with pytest.raises(Problem, match="git lfs pull"):
        read_columns(path, ["state"], 0)
