"""The columns that say what a row is are those of real data."""

from pathlib import Path

import pyarrow.parquet as pq

from subtasks.dataset import column_names


def test_they_are_in_recorded_data(real_data: Path) -> None:
    for path in real_data.rglob("data/**/*.parquet"):
        names = pq.read_schema(path).names
        assert {column_names.EPISODE, column_names.FRAME, column_names.TASK} <= set(names)
