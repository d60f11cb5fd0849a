"""Which frame of which episode a row shows, and what its columns must be."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from subtasks.errors import Problem
from subtasks.outputs import rows
from subtasks.outputs.rows import RowRun, Slots
from subtasks.parquet import reading
from subtasks.segments.segment import Span
from support import data_file
from support.outputs import LATE, filled


def test_lengths_come_from_the_rows(tmp_path: Path) -> None:
    source = data_file.write(
        tmp_path / "a.parquet", data_file.rows([5] * 7 + [1] * 3 + [5] * 2), [12]
    )
    with reading.opened(source) as file:
        assert rows.lengths(file) == {1: 3, 5: 9}


def test_rows_are_runs_of_the_same_slot(tmp_path: Path) -> None:
    source = data_file.write(
        tmp_path / "a.parquet", data_file.rows([5] * 4 + [1] * 3 + [5] * 2), [6, 3]
    )
    slots = Slots({1: [Span(0, 3, "a")], 5: [Span(1, 2, "b"), Span(2, 9, "c")]})
    with reading.opened(source) as file:
        assert [list(slots.row_runs(file, group)) for group in range(2)] == [
            [RowRun(5, 0, 1), RowRun(5, 1, 1), RowRun(5, 2, 2), RowRun(1, 1, 2)],
            [RowRun(1, 1, 1), RowRun(5, 2, 2)],
        ]
        times = slots.times(file)
    # No row shows the slot before the first span of episode 1.
    assert times[1].tolist() == [np.inf, 0.0]
    assert times[5].tolist() == pytest.approx([0.0, 0.1, 0.2])


def test_an_episodes_value_is_that_of_its_first_row(tmp_path: Path) -> None:
    columns = {"episode_index": [2, 2, 0, 2], "note": [["a"], ["b"], None, ["c"]]}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    with reading.opened(tmp_path / "a.parquet") as file:
        assert dict(rows.first_values(file, "note")) == {2: ["a"], 0: None}


@pytest.mark.parametrize(
    ("name", "values", "outputs"),
    [
        ("episode_index", None, ["response"]),
        ("episode_index", ["a", "b"], ["response"]),
        ("frame_index", None, ["response"]),
        ("frame_index", [0.0, 1.0], ["response"]),
        ("timestamp", None, ["language_persistent"]),
        ("timestamp", ["a", "b"], ["language_persistent"]),
    ],
)
def test_a_column_that_is_needed_is_named(tmp_path: Path, name, values, outputs) -> None:
    table = {"episode_index": [0, 0], "frame_index": [0, 1], "timestamp": [0.0, 0.1]}
    table |= {name: values}
    pq.write_table(
        pa.table({k: v for k, v in table.items() if v is not None}), tmp_path / "a.parquet"
    )
    with pytest.raises(Problem, match=f"no column {name} of"):
        filled(tmp_path / "a.parquet", {0: LATE}, outputs)
