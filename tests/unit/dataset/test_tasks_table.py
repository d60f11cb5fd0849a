"""The sentences that rows name by number."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from subtasks.dataset import tasks_table
from subtasks.errors import Problem


def lines(tmp_path: Path, text: str) -> Path:
    (tmp_path / "meta").mkdir(exist_ok=True)
    path = tmp_path / "meta/tasks.jsonl"
    path.write_text(text, encoding="utf-8")
    return path


def table(tmp_path: Path, **columns: Any) -> Path:
    (tmp_path / "meta").mkdir(exist_ok=True)
    path = tmp_path / "meta/tasks.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def test_the_table_of_each_version_is_found(tmp_path: Path) -> None:
    assert tasks_table.paths(tmp_path) == []
    path = table(tmp_path, task_index=[0], task=["a"])
    assert tasks_table.paths(tmp_path) == [path]
    older = lines(tmp_path, "")
    assert tasks_table.paths(tmp_path) == [older]


@pytest.mark.parametrize(
    "text",
    [
        '{"task_index": 0, "task": "wave"}\n{"task_index": 1, "task": "rest"}\n',
        '\ufeff{"task_index": "0", "task": "wave"}\r\n\r\n{"task_index": 1.0, "task": "rest"}',
        '{"task_index": 0, "task": "wave"}\n{"task": "lost"}\n{"task_index": 1, "task": "rest"}',
        '{"task_index": 0, "task": "wave"}\n{"task_ind\n[]\n{"task_index": 1, "task": "rest"}',
        '{"task_index": 0, "task": "wave"}\r{"task_index": 1, "task": "rest"}\r',
    ],
)
def test_json_lines(tmp_path: Path, text: str) -> None:
    assert tasks_table.read(lines(tmp_path, text)) == {0: "wave", 1: "rest"}


@pytest.mark.parametrize("sign", ["\u2028", "\x85"])
def test_a_sentence_may_have_signs_that_end_lines_elsewhere(tmp_path: Path, sign: str) -> None:
    path = lines(tmp_path, f'{{"task_index": 0, "task": "wave{sign}twice"}}\n')
    assert tasks_table.read(path) == {0: f"wave{sign}twice"}


@pytest.mark.parametrize("text", ["{", "[]", "5", "[" * 100_000])
def test_damaged_lines_are_one_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(Problem, match=r"^meta/tasks.jsonl is not one JSON object a line"):
        tasks_table.read(lines(tmp_path, text))


@pytest.mark.parametrize("name", ["task", "__index_level_0__", "index"])
def test_parquet(tmp_path: Path, name: str) -> None:
    path = table(tmp_path, task_index=pa.array([0, 1], pa.int32()), **{name: ["wave", "rest"]})
    assert tasks_table.read(path) == {0: "wave", 1: "rest"}


def test_parquet_without_sentences_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"meta/tasks.parquet must have a column task_index and one"):
        tasks_table.read(table(tmp_path, task_index=[0], text=["wave"]))
