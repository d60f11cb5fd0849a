"""Which slot of which episode a row shows, and when slots begin."""

from pathlib import Path

import numpy as np
import pytest

from subtasks.outputs.data_rows import DataRows
from subtasks.outputs.rows import RowRun, Slots
from subtasks.parquet import reading
from subtasks.segments.segment import Span
from support import data_file


def test_rows_are_runs_of_the_same_slot(tmp_path: Path) -> None:
    source = data_file.write(
        tmp_path / "a.parquet", data_file.rows([5] * 4 + [1] * 3 + [5] * 2), [6, 3]
    )
    slots = Slots({1: [Span(0, 3, "a")], 5: [Span(1, 2, "b"), Span(2, 9, "c")]})
    with reading.opened(source) as file:
        assert [list(slots.row_runs(DataRows(file), group)) for group in range(2)] == [
            [RowRun(5, 0, 1), RowRun(5, 1, 1), RowRun(5, 2, 2), RowRun(1, 1, 2)],
            [RowRun(1, 1, 1), RowRun(5, 2, 2)],
        ]
        times = slots.times(DataRows(file))
    # No row shows the slot before the first span of episode 1.
    assert times[1].tolist() == [np.inf, 0.0]
    assert times[5].tolist() == pytest.approx([0.0, 0.1, 0.2])


def test_all_rows_of_a_file_can_be_one_episodes(tmp_path: Path) -> None:
    source = data_file.write(tmp_path / "a.parquet", data_file.rows([5] * 4), [4])
    slots = Slots({7: [Span(1, 4, "a")]})
    with reading.opened(source) as file:
        data = DataRows(file, whole=7)
        assert list(slots.row_runs(data, 0)) == [RowRun(7, 0, 1), RowRun(7, 1, 3)]
        assert slots.times(data)[7].tolist() == pytest.approx([0.0, 0.1])
