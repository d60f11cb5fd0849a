from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from subtasks.errors import Problem
from subtasks.outputs import segments_table
from subtasks.segments.segment import Span
from subtasks.truth import table
from subtasks.truth.written import WrittenSegment

REACH, LIFT = WrittenSegment(0.0, 1.5, "reach"), WrittenSegment(1.5, 3.0, "lift, slowly")
EPISODES = {0: [REACH, LIFT], 3: [REACH]}


def rows(path: Path, fps: float = 10) -> Mapping[int, Sequence[WrittenSegment]]:
    """Read a table that is all right."""
    found = table.read(path, "mine", fps)
    assert (found.origin, found.notes) == ("mine", ())
    return found.episodes


def csv(tmp_path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "truth.csv"
    path.write_text("\n".join(lines), encoding=encoding)
    return path


def parquet(tmp_path: Path, **columns: object) -> Path:
    path = tmp_path / "truth.parquet"
    pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize(
    "lines",
    [
        ("episode,start,end,label", "0,0,1.5,reach", '0,1.5,3,"lift, slowly"', "3,0,1.5,reach"),
        (
            "Episode Index; Start Time ;End-Time;note;SUBTASK",
            "0;0,0;1,5;x;reach",
            "0;1,5;3;;lift, slowly",
            "3;0;1,5;;reach",
        ),
        (
            "label\tstop_sec\tstart_s\tepisode_id",
            "reach\t1.5\t0\tepisode_000000",
            "lift, slowly\t3\t1.5\tepisode_0.mp4",
            "reach\t1.5\t0\t3.0",
        ),
        (
            "episode,start_frame,end_frame,text",
            "0,0,15,reach",
            '0,15,30,"lift, slowly"',
            "3,0,15,reach",
        ),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_csv_of_several_writers(tmp_path: Path, lines: tuple[str, ...], encoding: str) -> None:
    path = csv(tmp_path, *lines, encoding=encoding)
    assert rows(path) == EPISODES
    assert table.episodes(path) == {0, 3}
    assert table.read(path, "mine", 10).form == "table in CSV"


@pytest.mark.parametrize("number", [pa.int64(), pa.float32(), pa.string()])
def test_parquet_with_numbers_of_any_type(tmp_path: Path, number: pa.DataType) -> None:
    path = parquet(
        tmp_path,
        episode_index=pa.array([0, 0, 3]).cast(number),
        start=pa.array([0, 1.5, 0], pa.float32()),
        end=pa.array([1500, 3000, 1500], pa.duration("ms")),
        label=pa.array(["reach", "lift, slowly", "reach"]).dictionary_encode(),
    )
    assert rows(path) == EPISODES
    assert table.episodes(path) == {0, 3}


def test_our_own_table_of_segments(tmp_path: Path) -> None:
    spans = [Span(0, 15, "reach"), Span(15, 30, "lift, slowly", "raise")]
    written = segments_table.table([(0, spans), (3, spans[:1])], 10)
    pq.write_table(written, tmp_path / "segments.parquet")
    assert rows(tmp_path / "segments.parquet", fps=99) == EPISODES


def test_without_ends_each_lasts_until_the_next(tmp_path: Path) -> None:
    path = csv(tmp_path, "episode,start,label", "0,0,reach", "0,2.5,lift")
    assert rows(path) == {
        0: [WrittenSegment(0.0, None, "reach"), WrittenSegment(2.5, None, "lift")]
    }


def test_an_empty_end_is_none(tmp_path: Path) -> None:
    for path in (
        csv(tmp_path, "episode,start,end,label", "0,0,1,reach", "0,2.5, ,lift"),
        parquet(tmp_path, episode=[0, 0], start=[0, 2.5], end=[1.0, None], label=["reach", "lift"]),
        parquet(
            tmp_path,
            episode=[0, 0],
            start=[0, 2.5],
            end=[1.0, float("nan")],
            label=["reach", "lift"],
        ),
    ):
        assert rows(path)[0][1] == WrittenSegment(2.5, None, "lift")
    path = parquet(tmp_path, episode=[0], start=[1.0], end=pa.nulls(1), label=["reach"])
    assert rows(path) == {0: [WrittenSegment(1.0, None, "reach")]}


def test_labels_that_look_like_something_else_are_texts(tmp_path: Path) -> None:
    path = csv(tmp_path, "episode,start,label", "0,0,1", "0,1,null", '0,2,"two\nlines"', "0,3,")
    assert [each.label for each in rows(path)[0]] == ["1", "null", "two\nlines", ""]


def test_rows_that_cannot_be_used_are_counted(tmp_path: Path) -> None:
    path = csv(
        *(tmp_path, "episode,start,label", "0,0,reach", "0,1,lift, slowly", "first,1,lift"),
        *(",1,lift", "-1,1,lift", "1.5,1,lift", "4"),
    )
    found = table.read(path, "mine", 10)
    assert found.episodes == {0: [WrittenSegment(0.0, None, "reach")]}
    assert found.notes == (
        "2 rows of truth.csv with more or fewer cells than its heading left out",
        "4 rows of truth.csv without a number of an episode left out",
    )


def test_times_that_are_none_stay_for_whoever_settles(tmp_path: Path) -> None:
    path = csv(tmp_path, "episode,start,end,label", "0,soon,1,reach", "0,1,later,lift")
    [one, other] = table.read(path, "mine", 10).episodes[0]
    assert one.start != one.start
    assert other.end != other.end


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ((), "has no column with the episodes, such as episode or episode_index; it has none"),
        (("0,0,1,reach", "0,1,2,lift"), "it has 0, 0, 1, reach"),
        (("episode,onset,label",), "has no column with the starts, such as start or start_frame"),
        (("episode,start,ende,was",), "with the labels, such as label or subtask; it has episode"),
        (("episode,start,label,Start",), "has the column 'Start' twice: keep one of them"),
        (('"episode,start',), "has no column with the episodes"),
    ],
)
def test_a_table_without_a_needed_column_is_refused(
    tmp_path: Path, lines: tuple[str, ...], sentence: str
) -> None:
    for use in (lambda path: table.read(path, "mine", 10), table.episodes):
        with pytest.raises(Problem) as caught:
            use(csv(tmp_path, *lines))
        assert sentence in str(caught.value)
        assert str(tmp_path / "truth.csv") in str(caught.value)


def test_columns_of_impossible_types_are_refused(tmp_path: Path) -> None:
    good = {"episode": [0], "start": [0.0], "label": ["reach"]}
    for name, value, sentence in (
        ("episode", [{"a": 1}], "cannot use its column episode"),
        ("start", [{"a": 1}], "its column start holds struct<a: int64>, not seconds"),
        ("start", [[0.0, 1.0]], "its column start holds list<element: double>, not seconds"),
        ("label", [1], "its column label holds int64, not texts"),
    ):
        with pytest.raises(Problem, match="/truth") as caught:
            table.read(parquet(tmp_path, **{**good, name: value}), "mine", 10)
        assert sentence in str(caught.value)


def test_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    for content, sentence in (
        (pointer.encode(), "Git LFS pointer"),
        ("episode,start,label\n0,0,größer".encode("latin-1"), "cannot be read as CSV: "),
        ("größe,start,label".encode("latin-1"), "is not UTF-8 text: save it in that encoding"),
        ("episode,start,label".encode("utf-16"), "is not UTF-8 text: save it in that encoding"),
    ):
        (tmp_path / "truth.csv").write_bytes(content)
        with pytest.raises(Problem) as caught:
            table.read(tmp_path / "truth.csv", "mine", 10)
        assert sentence in str(caught.value)
    (tmp_path / "truth.parquet").write_text("episode,start,label")
    with pytest.raises(Problem, match="cannot be read as Parquet"):
        table.episodes(tmp_path / "truth.parquet")
