"""Episodes of v3.0 datasets, in the data files where their rows really are."""

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.dataset import dataset
from subtasks.dataset.episode import Clip, RemoteFile
from subtasks.errors import Problem
from support.small_datasets import CAMERA, SEVERAL, V3_COLUMNS, WRIST, make_v3, read_or_refused


def test_borders_of_data_and_video_files_do_not_coincide(real_data: Path) -> None:
    """Each episode's row range is checked against the data files themselves.

    The metadata is of no help: it says that episodes 3 and 6 lie in the files before theirs.
    """
    read = dataset.load(real_data / "g1_bottle_v3.0")
    assert [list(episodes) for episodes in read.files.values()] == [[0, 1, 2], [3, 4, 5], [6, 7]]
    assert read.episodes[6].data.endswith("file-002.parquet")
    videos = {index: each.footage for index, each in read.episodes.items()}
    assert videos[3] == videos[5] != videos[6]
    for file, episodes in read.files.items():
        column = pq.read_table(read.root / file, columns=["episode_index"])["episode_index"]
        for index in episodes:
            episode = read.episodes[index]
            rows = column.slice(episode.row, episode.length).to_pylist()
            assert rows == [index] * episode.length
    assert dataset.missing(read, videos=True) == {}


def test_without_all_data_files_the_metadata_counts(real_data: Path, tmp_path: Path) -> None:
    shutil.copytree(real_data / "g1_bottle_v3.0" / "meta", tmp_path / "d" / "meta")
    read = dataset.load(tmp_path / "d")
    assert read.files["data/chunk-000/file-000.parquet"] == [0, 1, 2, 3]
    assert read.episodes[3].row == 1083


def test_remote_row_counts_are_as_good_as_footers(real_data: Path, tmp_path: Path) -> None:
    local = dataset.load(real_data / "g1_bottle_v3.0")
    rows = {path: pq.read_metadata(local.root / path).num_rows for path in local.files}
    remote = {path: RemoteFile("hash", count) for path, count in rows.items()}
    shutil.copytree(local.root / "meta", tmp_path / "d" / "meta")
    assert dataset.load(tmp_path / "d", remote=remote).episodes == local.episodes
    # With one of them unknown, the metadata counts.
    remote["data/chunk-000/file-002.parquet"] = RemoteFile("hash", None)
    read = dataset.load(tmp_path / "d", remote=remote)
    assert read.files["data/chunk-000/file-000.parquet"] == [0, 1, 2, 3]


VIDEO = f"videos/{CAMERA}"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"length": [20, None]}, "length is None"),
        ({"length": [20, -1]}, "length is -1"),
        ({"length": [20.0, 2.5]}, "length is 2.5"),
        ({"data/file_index": [0, -3]}, "data/file_index is -3"),
        ({"data/chunk_index": [[0], [1, 2]], "length": [20, 0]}, "length is 0"),
        ({"tasks": [["a"], None], "length": [20, 0]}, "length is 0"),
        ({f"{VIDEO}/from_timestamp": [0.0, None]}, f"{VIDEO}/from_timestamp is None"),
        ({f"{VIDEO}/from_timestamp": [0.0, float("nan")]}, "nan and 5.0, which is no stretch"),
        ({f"{VIDEO}/to_timestamp": [2.0, 1.0]}, "are 2.0 and 1.0, which is no stretch"),
        ({f"{VIDEO}/to_timestamp": [2.0, 0.0]}, f"{VIDEO}/to_timestamp are 2.0 and 0.0"),
        ({f"{VIDEO}/file_index": [0, None]}, f"{VIDEO}/file_index is None"),
    ],
)
def test_an_unusable_row_is_the_fault_of_its_episode(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    root = make_v3(tmp_path / "d", **changes)
    where = "meta/episodes/chunk-000/file-000.parquet row 1"
    wanted = [] if "data/chunk_index" in changes else [0]
    if not wanted:
        with pytest.raises(Problem, match="data/chunk_index"):
            dataset.load(root)
        return
    read = dataset.load(root)
    assert list(read.episodes) == wanted
    assert read.faults[1].startswith(where)
    assert said in read.faults[1]
    assert dataset.load(root, exclude=[1]).faults == {}


@pytest.mark.parametrize(
    "changes", [{"length": []}, {"episode_index": []}, {f"{VIDEO}/from_timestamp": []}]
)
def test_columns_that_every_episode_needs(tmp_path: Path, changes: dict[str, Any]) -> None:
    [name] = changes
    with pytest.raises(Problem, match=f"has no column {name}"):
        dataset.load(make_v3(tmp_path / "d", **changes))


def test_each_camera_has_files_and_times_of_its_own(tmp_path: Path) -> None:
    read = dataset.load(make_v3(tmp_path / "d"), cameras=[CAMERA, WRIST])
    assert [each.clips for each in read.episodes.values()] == [
        (
            Clip(CAMERA, f"videos/{CAMERA}/chunk-000/file-000.mp4", 0.0, 2.0),
            Clip(WRIST, f"videos/{WRIST}/chunk-000/file-003.mp4", 7.5, 9.5),
        ),
        (
            Clip(CAMERA, f"videos/{CAMERA}/chunk-000/file-000.mp4", 2.0, 5.0),
            Clip(WRIST, f"videos/{WRIST}/chunk-001/file-000.mp4", 0.0, 3.0),
        ),
    ]


def test_an_episode_without_the_cells_of_a_camera_fails_by_its_name(tmp_path: Path) -> None:
    name = f"videos/{WRIST}/file_index"
    root = make_v3(tmp_path / "d", **{name: [3, None]})
    read = dataset.load(root, cameras=[CAMERA, WRIST])
    assert list(read.episodes) == [0]
    assert f"row 1: {name} is None, but must be a whole number" in read.faults[1]
    # Who does not look through this camera does not need it.
    assert list(dataset.load(root).episodes) == [0, 1]
    without = make_v3(tmp_path / "without", **{name: []})
    assert list(dataset.load(without).episodes) == [0, 1]
    with pytest.raises(Problem, match=f"has no column {name}"):
        dataset.load(without, cameras=[CAMERA, WRIST])


def test_columns_of_videos_are_not_needed_where_none_is_sampled(tmp_path: Path) -> None:
    changes: dict[str, Any] = {name: [] for name in V3_COLUMNS if name.startswith("videos/")}
    read = dataset.load(make_v3(tmp_path / "d", tasks=[], **changes), samples=False)
    assert [(e.clips, e.task) for e in read.episodes.values()] == [((), ""), ((), "")]


@pytest.mark.parametrize("kind", [pa.int32(), pa.uint8(), pa.float64(), pa.string()], ids=str)
def test_whole_numbers_of_any_type(tmp_path: Path, kind: pa.DataType) -> None:
    names = [name for name in V3_COLUMNS if name.endswith(("_index", "length"))]
    changes = {name: pa.array(V3_COLUMNS[name]).cast(kind) for name in names}
    read = dataset.load(make_v3(tmp_path / "odd", **changes))
    assert read.episodes == dataset.load(make_v3(tmp_path / "usual")).episodes


def test_an_episode_number_that_is_missing_or_listed_twice(tmp_path: Path) -> None:
    read = dataset.load(make_v3(tmp_path / "null", episode_index=[0, None]))
    assert list(read.episodes) == [0]
    assert "row 1: episode_index is None" in read.unnumbered[0]
    with pytest.raises(Problem, match="row 1: episode_index 0 is listed twice"):
        dataset.load(make_v3(tmp_path / "twice", episode_index=[0, 0]))


def test_a_damaged_parquet_is_one_sentence(tmp_path: Path) -> None:
    root = make_v3(tmp_path / "d")
    path = root / "meta/episodes/chunk-000/file-000.parquet"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(Problem, match="cannot be read") as caught:
        dataset.load(root)
    assert "\n" not in str(caught.value)


COLUMN = st.sampled_from(
    [
        pa.array([0, 7]),
        pa.array([0, 2**63], pa.uint64()),
        pa.array([0.0, float("inf")]),
        pa.array(["0", "x"]),
        pa.array([True, False]),
        pa.array([[0], [1]]),
        pa.array([["a"], []]),
        pa.array([[], []]),
        pa.array([[None], ["a"]]),
        pa.array([None, None]),
        pa.array([{"a": 1}, {"a": 2}]),
        pa.array([b"\xff", b""]),
        pa.array([1, 2], pa.timestamp("s")),
        pa.array(["a", "b"]).dictionary_encode(),
    ]
)


@SEVERAL
@given(st.dictionaries(st.sampled_from(list(V3_COLUMNS)), COLUMN, max_size=3))
def test_any_table_of_episodes(tmp_path: Path, changes: dict[str, Any]) -> None:
    shutil.rmtree(tmp_path / "d", ignore_errors=True)
    read_or_refused(make_v3(tmp_path / "d", **changes), [CAMERA, WRIST])
