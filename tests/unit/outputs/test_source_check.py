"""What makes a dataset unfit for an output is said before anything is asked."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from subtasks.errors import Problem
from subtasks.outputs import source_check
from support.outputs import numbered

NAME = "data/chunk-000/episode_000000.parquet"
ALL = ["response", "subtask_index", "language_persistent", "segments"]
ROW: dict[str, Any] = {"role": "user", "content": "tidy", "style": "plan", "timestamp": 0.0}
ROW |= {"camera": None, "tool_calls": None}
SUBTASK = ROW | {"style": "subtask"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta/info.json").write_text("{}")
    (tmp_path / NAME).parent.mkdir(parents=True)
    return tmp_path


def write(root: Path, **columns: Any) -> Path:
    """Write a data file, with other columns in place of some or without."""
    table = {"episode_index": [0] * 4, "frame_index": range(4), "timestamp": [0.0, 0.1, 0.2, 0.3]}
    table |= columns
    pq.write_table(pa.table({k: v for k, v in table.items() if v is not None}), root / NAME)
    return root / NAME


def said(path: Path, *outputs: str, overwrite: bool = False, version: str = "v3.0") -> str | None:
    """The sentence of the check, None if it has none."""
    try:
        source_check.check(path, outputs or ALL, overwrite=overwrite, version=version)
    except Problem as problem:
        sentence = str(problem)
    else:
        return None
    assert "\n" not in sentence
    assert str(path.parents[2]) not in sentence
    return sentence


@pytest.mark.parametrize("version", ["v2.0", "v2.1", "v3.0", "v3.1"])
def test_a_usual_file_is_fit_for_all_outputs(root: Path, version: str) -> None:
    assert said(write(root), version=version) is None
    assert (
        said(write(root, episode_index=[], frame_index=[], timestamp=[]), version=version) is None
    )


def test_real_files_are_fit(real_data: Path) -> None:
    for version in ("v2.1", "v3.0"):
        for path in (real_data / f"g1_bottle_{version}").glob("data/*/*.parquet"):
            assert said(path, version=version) is None


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"frame_index": None}, "it has no column frame_index, which LeRobot's data files have"),
        ({"frame_index": [True] * 4}, "its column frame_index holds bool, not whole numbers"),
        ({"frame_index": pa.nulls(4)}, "its column frame_index holds null, not whole numbers"),
        ({"frame_index": ["a"] * 4}, "cannot use its column frame_index: it holds the text 'a'"),
        ({"frame_index": [0.5] * 4}, "cannot use its column frame_index: it holds 0.5 of type"),
        ({"frame_index": pa.nulls(4, pa.int64())}, "frame_index: it has an empty cell"),
        ({"frame_index": [-1] * 4}, "cannot use its column frame_index: it has only negative"),
        ({"timestamp": None}, "it has no column timestamp, which LeRobot's data files have"),
        ({"timestamp": pa.array(range(4), pa.timestamp("s"))}, "holds timestamp[ms], not seconds"),
        ({"timestamp": ["soon"] * 4}, "its column timestamp has no numbers: repair it, or set"),
        ({"timestamp": [float("nan")] * 4}, "its column timestamp has no numbers"),
        ({"timestamp": [1.7e9, 1.7e9 + 1, 1.7e9 + 2, 1.7e9 + 3]}, "does not tell its rows apart"),
        ({"timestamp": [0.0] * 4}, "does not tell its rows apart (from 0.0 to 0.0)"),
        ({"response": ["a"] * 4}, "the column response already has subtasks: set output.overwrite"),
        ({"subtask_index": [0] * 4}, "the column subtask_index already has subtasks"),
        ({"language_persistent": [[SUBTASK]] * 4}, "language_persistent already has subtasks"),
        ({"language_persistent": [[ROW]] * 3 + [[ROW, SUBTASK]]}, None),
        ({"language_persistent": [[ROW | {"timestamp": float("nan")}]] * 4}, "without a timestamp"),
        ({"language_persistent": ["text"] * 4}, "its column language_persistent must be a list"),
        ({"language_persistent": [["text"]] * 4}, "language_persistent must be a list of role"),
        ({"language_persistent": [[{"role": "a"}]] * 4}, "must be a list of role, content"),
        ({"language_persistent": [[ROW | {"style": 5}]] * 4}, "style in its column language_"),
    ],
)
def test_what_is_wrong_is_named(root: Path, columns: dict[str, Any], sentence: str | None) -> None:
    for version in ("v2.1", "v3.0"):
        found = said(write(root, **columns), version=version)
        if sentence is None:
            assert found is None
        else:
            assert found is not None
            assert found.startswith(f"{NAME}: ")
            assert sentence in found


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (None, "it has no column episode_index, which LeRobot's data files have"),
        ([{"a": 0}] * 4, "its column episode_index holds struct<a: int64>, not whole numbers"),
        (["a"] * 4, "cannot use its column episode_index: it holds the text 'a'"),
    ],
)
def test_rows_need_their_episode_only_where_a_file_has_several(
    root: Path, values: Any, sentence: str
) -> None:
    path = write(root, episode_index=values)
    assert said(path, version="v2.1") is None
    assert (said(path) or "").startswith(f"{NAME}: {sentence}")


def test_what_no_output_needs_is_not_looked_at(root: Path) -> None:
    path = write(root, timestamp=None, response=["a"] * 4)
    assert said(path, "subtask_index", "segments") is None
    assert said(path, "response", overwrite=True) is None


def test_overwriting_takes_what_can_be_replaced(root: Path) -> None:
    path = write(root, response=["a"] * 4, language_persistent=[[SUBTASK]] * 4)
    assert said(path, overwrite=True) is None
    path = write(root, language_persistent=["text"] * 4)
    assert "must be a list" in (said(path, overwrite=True) or "")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "cannot be read as Parquet: it is empty"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer and not the file"),
        (b"<!DOCTYPE html>", "cannot be read as Parquet: it is a page of HTML or XML"),
        (None, "No such file or directory; restore it"),
    ],
)
def test_a_file_that_is_none_is_named(root: Path, content: bytes | None, sentence: str) -> None:
    if content is not None:
        (root / NAME).write_bytes(content)
    found = said(root / NAME) or ""
    assert found.startswith(NAME)
    assert sentence in found


def test_a_column_twice_is_named(root: Path) -> None:
    table = pa.Table.from_arrays(
        [pa.array([0])] * 3, ["frame_index", "episode_index", "frame_index"]
    )
    pq.write_table(table, root / NAME)
    assert said(root / NAME) == (
        f"{NAME} has the column 'frame_index' twice: keep one of them, or restore the file from "
        "the original dataset"
    )


def test_the_table_of_numbers_must_be_usable(root: Path) -> None:
    path = write(root)
    numbered(root / "meta/subtasks.parquet", ["", "a"])
    assert said(path) is None
    pq.write_table(pa.table({"text": ["a"]}), root / "meta/subtasks.parquet")
    assert (said(path) or "").startswith("meta/subtasks.parquet must have a column subtask_index")
    assert said(path, "response") is None
    # What was there before anything was published into the dataset is what counts.
    kept = root / ".before_subtasks/files"
    (kept / NAME).parent.mkdir(parents=True)
    (kept / "meta").mkdir()
    numbered(kept / "meta/subtasks.parquet", ["", "a"])
    path.rename(kept / NAME)
    assert said(kept / NAME) is None
