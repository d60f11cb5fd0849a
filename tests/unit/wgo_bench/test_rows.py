"""The rows of a table, and what is said of those that are no episode."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from subtasks.errors import Problem
from subtasks.wgo_bench import rows
from subtasks.wgo_bench.rows import Row, TrueSegment
from support import wgo_bench

GOOD: dict[str, Any] = {
    "id": "homer_1",
    "video": b"a video",
    "instruction": "wipe\nthe table",
    "segments": [
        {"start_sec": 0.0, "end_sec": 1.5, "subtask": " take  the cloth "},
        {"start_sec": 2.0, "end_sec": 3.25, "subtask": "wipe"},
    ],
    "metadata": "{}",
}


def read(path: Path, *given: dict[str, Any], schema: pa.Schema = wgo_bench.SCHEMA) -> list[Row]:
    return list(rows.read(wgo_bench.write_rows(path / "table.parquet", given, schema)))


def test_a_row_has_its_video_and_its_segments(tmp_path: Path) -> None:
    (row,) = read(tmp_path, GOOD)
    segments = (TrueSegment(0.0, 1.5, "take the cloth"), TrueSegment(2.0, 3.25, "wipe"))
    assert row == Row("homer_1", "wipe the table", b"a video", segments)
    assert row.source == "homer"
    assert rows.count(tmp_path / "table.parquet") == 1


def test_an_instruction_may_be_empty_or_missing(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD | {"instruction": ""}, GOOD | {"instruction": None})
    assert [(row.instruction, row.fault) for row in found] == [("", None)] * 2


def test_other_columns_are_not_read(tmp_path: Path) -> None:
    """A later revision has the robot's state in each row, and may have no metadata."""
    state = pa.field("perception_state", pa.struct({"robot_family": pa.string()}))
    fields = [field for field in wgo_bench.SCHEMA if field.name not in ("metadata", "instruction")]
    given = GOOD | {"perception_state": {"robot_family": "droid"}}
    (row,) = read(tmp_path, given, schema=pa.schema([*fields, state]))
    assert (row.video, row.instruction, row.fault) == (b"a video", "", None)


def test_a_video_may_be_kept_as_the_datasets_library_keeps_files(tmp_path: Path) -> None:
    kind = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    place = wgo_bench.SCHEMA.get_field_index("video")
    schema = wgo_bench.SCHEMA.set(place, pa.field("video", kind))
    kept = {"bytes": b"a video", "path": None}
    linked = {"bytes": None, "path": "a.mp4"}
    found = read(tmp_path, GOOD | {"video": kept}, GOOD | {"video": linked}, schema=schema)
    assert [row.video for row in found] == [b"a video", b""]
    assert found[1].fault == "its video is empty instead of the content of a file"


def segment(start: Any, end: Any, label: Any) -> dict[str, Any]:
    return {"segments": [{"start_sec": start, "end_sec": end, "subtask": label}]}


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"video": b""}, "its video is empty"),
        ({"video": None}, "its video is empty"),
        ({"video": b"version https://git-lfs.github.com/spec/v1\noid"}, "a Git LFS pointer"),
        ({"segments": []}, "it has no segments"),
        ({"segments": None}, "it has no segments"),
        (segment(2.0, 1.0, "wipe"), "ends before it begins"),
        (segment(1.0, 1.0, "wipe"), "ends before it begins"),
        (segment(-1.0, 1.0, "wipe"), "has no times: time -1.0 is negative"),
        (segment(0.0, float("nan"), "wipe"), "has no times: time NaN is not finite"),
        (segment(0.0, None, "wipe"), "has no times: time null is not a number"),
        (segment(0.0, 1.0, " \u200b"), "has no label"),
        (segment(0.0, 1.0, None), "has no label"),
        ({"segments": [None]}, "its segment null is no structure"),
    ],
)
def test_a_row_that_is_no_episode_says_why(
    tmp_path: Path, changed: dict[str, Any], fault: str
) -> None:
    found = read(tmp_path, GOOD | changed, GOOD)
    assert fault in (found[0].fault or "")
    assert (found[0].video, found[0].segments) == (b"", ())
    assert found[1].fault is None


@pytest.mark.parametrize("name", [None, "", " \n"])
def test_a_row_without_an_id_is_called_by_its_number(tmp_path: Path, name: str | None) -> None:
    found = read(tmp_path, GOOD, GOOD | {"id": name})
    assert (found[1].name, found[1].fault) == ("row_1", None)


def test_another_table_is_refused(tmp_path: Path) -> None:
    schema = pa.schema([("id", pa.string()), ("clip", pa.binary())])
    with pytest.raises(Problem, match=r"is not WGO-Bench's table: it has no column video among"):
        read(tmp_path, {"id": "a", "clip": b""}, schema=schema)
    (tmp_path / "table.parquet").write_bytes(b"<!DOCTYPE html>")
    with pytest.raises(Problem, match=r"cannot be read as Parquet"):
        rows.count(tmp_path / "table.parquet")
