"""SARM's columns in the metadata of episodes: the finest that are there."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from subtasks.truth import sarm
from subtasks.truth.written import WrittenSegment


def write(root: Path, **columns: list[Any]) -> Path:
    path = root / "meta/episodes/chunk-000/file-000.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"episode_index": [0, 5], **columns}), path)
    return root


def columns(kind: str, label: str) -> dict[str, list[Any]]:
    return {
        f"{kind}subtask_names": [[label, "lift"], None],
        f"{kind}subtask_start_times": [[0.0, 1.5], None],
        f"{kind}subtask_end_times": [[1.5, 3.0], None],
    }


def test_dense_segments_come_before_sparse_ones(tmp_path: Path) -> None:
    root = write(tmp_path, **columns("sparse_", "task"), **columns("dense_", "reach"))
    assert sarm.read(root) == (
        "dense_subtask_names",
        {0: [WrittenSegment(0.0, 1.5, "reach"), WrittenSegment(1.5, 3.0, "lift")]},
    )


def test_columns_without_a_label_do_not_count(tmp_path: Path) -> None:
    empty = {name: [None, None] for name in columns("dense_", "x")}
    root = write(tmp_path, **empty, **columns("", "task"))
    assert sarm.read(root)[0] == "subtask_names"


def test_lists_that_do_not_fit_are_read_as_far_as_they_go(tmp_path: Path) -> None:
    odd = columns("dense_", "reach") | {"dense_subtask_end_times": [[1.5], None]}
    root = write(tmp_path, **odd)
    assert sarm.read(root)[1] == {0: [WrittenSegment(0.0, 1.5, "reach")]}


def test_without_such_columns_there_are_no_labels(tmp_path: Path) -> None:
    assert sarm.read(write(tmp_path)) == ("", {})
    assert sarm.read(tmp_path / "none") == ("", {})


def test_columns_that_hold_no_lists_hold_no_labels(tmp_path: Path) -> None:
    odd = {name: ["x", "y"] for name in columns("dense_", "reach")}
    assert sarm.read(write(tmp_path, **odd)) == ("", {})
