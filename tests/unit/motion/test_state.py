from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from subtasks.errors import Problem
from subtasks.motion.state import read_state


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
        (pa.array([[True], [False]]), "holds bool, not numbers"),
        (pa.array([{"x": 1.0}] * 2), "holds struct"),
    ],
)
def test_what_cannot_be_a_state_is_refused_in_a_sentence(tmp_path, state, reason):
    path = table(tmp_path / "file.parquet", state)
    with pytest.raises(Problem, match=f"^cannot use state in {path}: .*") as problem:
        read_state(path, "state", 0, 2)
    assert reason in str(problem.value)


@pytest.mark.parametrize(("column", "start"), [("absent", 0), ("state", 2)])
def test_what_is_not_there_is_refused_in_a_sentence(tmp_path, column, start):
    path = table(tmp_path / "file.parquet", pa.array([1.0, 2.0]))
    with pytest.raises(Problem, match=str(path)):
        read_state(path, column, start, start + 1)
