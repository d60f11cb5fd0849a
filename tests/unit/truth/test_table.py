"""A table with a row a segment as true labels, whatever its columns are called."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from subtasks.errors import Problem
from subtasks.outputs import segments_table
from subtasks.segments.segment import Span
from subtasks.truth import table
from subtasks.truth.written import WrittenSegment, WrittenTruth

CSV = "episode,start,end,label\n0,0.0,1.5,reach\n0,1.5,4,grasp the cup\n12,0,2.25,reach\n"
TRUTH = {
    0: [WrittenSegment(0.0, 1.5, "reach"), WrittenSegment(1.5, 4.0, "grasp the cup")],
    12: [WrittenSegment(0.0, 2.25, "reach")],
}


def read(path: Path, fps: float = 10) -> WrittenTruth:
    return table.read(path, "mine", fps)


def test_a_csv_table(tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    path.write_text(CSV)
    truth = read(path)
    assert truth.episodes == TRUTH
    assert (truth.form, truth.notes, truth.from_start) == ("CSV table", (), False)
    assert table.episodes(path) == {0, 12}


@pytest.mark.parametrize(
    "names",
    [
        ("episode_index", "start_time", "end_time", "subtask"),
        ("episode", "start_sec", "end_sec", "subtask"),
        ("episode_id", "start_s", "stop", "text"),
    ],
)
def test_columns_have_many_names(tmp_path: Path, names: tuple[str, ...]) -> None:
    columns = ([0, 0, 12], [0.0, 1.5, 0.0], [1.5, 4.0, 2.25], ["reach", "grasp the cup", "reach"])
    path = tmp_path / "truth.parquet"
    pq.write_table(pa.table(dict(zip(names, columns, strict=True))), path)
    assert read(path).episodes == TRUTH


def test_the_segments_table_of_a_result(tmp_path: Path) -> None:
    path = tmp_path / "segments.parquet"
    spans = [Span(0, 15, "reach"), Span(15, 40, "grasp the cup")]
    pq.write_table(segments_table.table([(0, spans), (12, [Span(0, 22, "reach")])], 10), path)
    assert read(path).episodes == {0: TRUTH[0], 12: [WrittenSegment(0.0, 2.2, "reach")]}


def test_frames_in_place_of_times_and_no_ends(tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    path.write_text("label,start_frame,episode\nreach,0,3\ngrasp,15,3\n")
    assert read(path, fps=30).episodes == {
        3: [WrittenSegment(0.0, None, "reach"), WrittenSegment(0.5, None, "grasp")]
    }


def test_rows_that_say_nothing_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    path.write_text("episode,start,label\n0,0,reach\n,1,grasp\n1.5,1,x\n2,soon,y\n-1,0,z\n")
    truth = read(path)
    assert truth.episodes == {0: [WrittenSegment(0.0, None, "reach")]}
    assert truth.notes == (f"4 rows of {path} without an episode, a start or a label left out",)
    assert table.episodes(path) == {0, 2}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("episode,start\n0,0\n", "no column with the label: call it one of label, subtask"),
        ("start,label\n0,x\n", "no column with the number of the episode"),
        ("episode,label\n0,x\n", "no column with the start of a segment"),
        ("", "cannot be read as a table"),
        ("episode,start,label\n0,0,x,y,z\n", "cannot be read as a table"),
    ],
)
def test_a_table_that_is_none_is_a_problem(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "truth.csv"
    path.write_text(text)
    with pytest.raises(Problem, match=reason) as problem:
        read(path)
    assert str(problem.value).startswith(str(path))


def test_a_file_that_is_no_parquet_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "truth.parquet"
    path.write_bytes(b"PAR1" + b"\0" * 20)
    with pytest.raises(Problem, match=r"truth\.parquet"):
        read(path)
    with pytest.raises(Problem, match="is not there"):
        read(tmp_path / "none.csv")
