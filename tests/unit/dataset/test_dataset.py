import json
import shutil
from math import isfinite
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subtasks.dataset import dataset
from subtasks.dataset import info as infos
from subtasks.dataset.path_templates import data_template
from subtasks.errors import Problem

CAMERA = "observation.images.top"


def info(version: str = "v2.1", **changes: Any) -> dict[str, Any]:
    """An info.json such as LeRobot writes."""
    paths = {
        "v2.1": (
            "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet",
            "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4",
        ),
        "v3.0": (
            "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
            "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4",
        ),
    }
    data_path, video_path = paths[version]
    return {
        "codebase_version": version,
        "fps": 10,
        "chunks_size": 2,
        "data_path": data_path,
        "video_path": video_path,
        "features": {
            "observation.images.depth": {
                "dtype": "video",
                "shape": [4, 4, 1],
                "info": {"video.is_depth_map": True},
            },
            CAMERA: {"dtype": "video", "shape": [4, 4, 3]},
            "observation.images.raw": {"dtype": "image", "shape": [4, 4, 3]},
        },
        **changes,
    }


def make(root: Path, info: Any, episodes: list[Any] | None = None) -> Path:
    """A v2.1 dataset without data files."""
    (root / "meta").mkdir(parents=True)
    (root / "meta/info.json").write_text(info if isinstance(info, str) else json.dumps(info))
    if episodes is None:
        episodes = [{"episode_index": i, "tasks": [f"task {i}"], "length": 20} for i in range(5)]
    lines = [line if isinstance(line, str) else json.dumps(line) for line in episodes]
    (root / "meta/episodes.jsonl").write_text("\n".join(lines) + "\n")
    return root


def test_both_versions_of_the_real_data_agree(real_data: Path) -> None:
    old = dataset.load(real_data / "g1_bottle_v2.1")
    new = dataset.load(real_data / "g1_bottle_v3.0")
    assert list(old.episodes) == list(new.episodes) == list(range(8))
    for one, other in zip(old.episodes.values(), new.episodes.values(), strict=True):
        assert (one.index, one.length, one.task) == (other.index, other.length, other.task)
        assert one.stop - one.start == pytest.approx(other.stop - other.start)
    assert old.motion == new.motion
    assert old.motion[1][0] == "kLeftShoulderPitch"


def test_borders_of_data_and_video_files_do_not_coincide(real_data: Path) -> None:
    """Each episode's row range is checked against the data files themselves.

    The metadata is of no help: it says that episodes 3 and 6 lie in the files before theirs.
    """
    read = dataset.load(real_data / "g1_bottle_v3.0")
    assert [list(episodes) for episodes in read.files.values()] == [[0, 1, 2], [3, 4, 5], [6, 7]]
    assert read.episodes[6].data.endswith("file-002.parquet")
    assert read.episodes[3].video == read.episodes[5].video != read.episodes[6].video
    for file, episodes in read.files.items():
        column = pq.read_table(read.root / file, columns=["episode_index"])["episode_index"]
        for index in episodes:
            episode = read.episodes[index]
            rows = column.slice(episode.row, episode.length).to_pylist()
            assert rows == [index] * episode.length
    assert dataset.missing(read, videos=True) == {}


def test_episodes_of_v2_lie_in_chunks(tmp_path: Path) -> None:
    read = dataset.load(make(tmp_path / "d", info()), episodes="1:", exclude=[3])
    assert {i: e.data for i, e in read.episodes.items()} == {
        1: "data/chunk-000/episode_000001.parquet",
        2: "data/chunk-001/episode_000002.parquet",
        4: "data/chunk-002/episode_000004.parquet",
    }
    assert read.episodes[4].video == f"videos/chunk-002/{CAMERA}/episode_000004.mp4"
    assert read.total == 5
    assert read.files["data/chunk-001/episode_000002.parquet"] == [2]


def test_camera(tmp_path: Path) -> None:
    root = make(tmp_path / "d", info())
    assert dataset.load(root).camera == CAMERA
    assert dataset.load(root, camera="observation.images.depth").camera.endswith("depth")
    for wrong in ("observation.images.raw", "camera9"):
        with pytest.raises(Problem, match="is no video feature"):
            dataset.load(root, camera=wrong)


def test_task_is_overridden_and_cleaned(tmp_path: Path) -> None:
    rows = [
        {"episode_index": 0, "tasks": ["pick\n the\x07 cup ", "wave"], "length": 3},
        {"episode_index": 1, "length": 3},
    ]
    root = make(tmp_path / "d", info(), rows)
    read = dataset.load(root)
    assert [e.task for e in read.episodes.values()] == ["pick the cup; wave", ""]
    assert {e.task for e in dataset.load(root, task="rest").episodes.values()} == {"rest"}


@pytest.mark.parametrize(
    ("name", "safe"),
    [("lerobot/droid_100", "lerobot--droid_100"), ("../../etc", "etc"), ("a b/c:d", "a-b--c-d")],
)
def test_names_are_safe_for_paths(name: str, safe: str) -> None:
    assert dataset.safe_name(name) == safe


@given(st.text(max_size=300))
def test_every_name_is_one_path_component_or_refused(text: str) -> None:
    try:
        name = dataset.safe_name(text)
    except Problem:
        return
    assert name == Path(name).name
    assert not name.startswith((".", "-"))
    assert len(name) <= 100


def test_missing_files_are_found_for_each_episode(real_data: Path, tmp_path: Path) -> None:
    root = tmp_path / "copy"
    shutil.copytree(real_data / "g1_bottle_v2.1", root)
    next(root.rglob("episode_000002.mp4")).unlink()
    next(root.rglob("episode_000005.parquet")).unlink()
    read = dataset.load(root)
    assert list(dataset.missing(read, videos=True)) == [2, 5]
    assert list(dataset.missing(read, videos=False)) == [5]
    left = read.without(dataset.missing(read, videos=True))
    assert list(left.episodes) == [0, 1, 3, 4, 6, 7]
    assert list(left.absent) == [2, 5]
    # A result has every data file there is, or readers would miss a column in some.
    assert left.files["data/chunk-000/episode_000002.parquet"] == []
    assert "data/chunk-000/episode_000005.parquet" not in left.files


HOSTILE = [
    ("{", "is not JSON"),
    ("[]", "holds no object"),
    (info(fps=0), "fps 0"),
    (info(fps=True), "fps True"),
    (info(fps="30"), "fps '30'"),
    (info(codebase_version="v1.6"), "codebase_version 'v1.6'"),
    (info(codebase_version=None), "codebase_version None"),
    (info(features=None), "no table of features"),
    (info(chunks_size=0), "chunks_size 0"),
    (info(data_path=None), "no data_path"),
    (info(data_path="/etc/passwd"), "leaves the dataset's data folder"),
    (info(data_path="data/../../x/{episode_index}.parquet"), "leaves the dataset's data folder"),
    (info(data_path="data/./{episode_index}.parquet"), "leaves the dataset's data folder"),
    (info(video_path="data/{episode_index}.mp4"), "leaves the dataset's videos folder"),
    (info(data_path="data/{episode_index.__class__}"), "a field this format does not know"),
    (info(data_path="data/{episode_index:999999999d}"), "a field this format does not know"),
    (info(data_path="data/{0}"), "a field this format does not know"),
    (info(data_path="data/{episode_index!r}"), "a field this format does not know"),
    (info(data_path="data/{episode_index"), "is no path template"),
    (info(data_path="data/{{x}}/{episode_index}.parquet"), "has a { in its paths"),
    (info(data_path="data/[{episode_index}]*.parquet"), r"has a \* in its paths"),
    (info(data_path="data/{episode_index}.pq"), r"does not end in \.parquet"),
    (info(data_path="data/all.parquet"), "lacks {episode_index}, so that different files have"),
    (info(video_path="videos/{video_key}.mp4"), "lacks {episode_index}, so that different files"),
    (info(data_path=f"data/{'x' * 201}/{{episode_index}}.parquet"), "paths that are too long"),
    (info(data_path="data/{episode_index:99}{episode_index:99d}.parquet"), "that are too long"),
    (info(data_path=f"data/{'x/' * 600}{{episode_index}}.parquet"), "paths that are too long"),
    (info(fps=1e-320), "fps 1e-320, which is not between 0.001 and 1000"),
    (json.dumps(info()).replace('"fps"', '"half": "\\ud800", "fps"'), "is not JSON"),
    (info(features={"../up": {"dtype": "video"}}), "cannot be part of a path"),
]


@pytest.mark.parametrize(("content", "said"), HOSTILE)
def test_hostile_info_is_refused_in_one_sentence(tmp_path: Path, content: Any, said: str) -> None:
    root = make(tmp_path / "d", content)
    with pytest.raises(Problem, match=said) as caught:
        dataset.load(root)
    assert str(root) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{", "line 2 is not JSON"),
        ("[" * 100_000, "line 2 is not JSON"),
        ([], "line 2 lacks"),
        ({"episode_index": 1}, "line 2 lacks"),
        ({"episode_index": -1, "length": 5}, "no index"),
        ({"episode_index": 10**9, "length": 5}, "no index"),
        ({"episode_index": 1, "length": 0}, "length of episode 1"),
        ({"episode_index": 1, "length": 10**12}, "length of episode 1"),
        ({"episode_index": 1, "length": 2.5}, "length of episode 1"),
        ({"episode_index": 0, "length": 5}, "stands twice"),
        ({"episode_index": 1, "length": 5, "tasks": 5}, "are 5, which is no list of texts"),
        ({"episode_index": 1, "length": 5, "tasks": ["a", {}]}, "which is no list of texts"),
    ],
)
def test_hostile_episodes_are_refused(tmp_path: Path, row: Any, said: str) -> None:
    root = make(tmp_path / "d", info(), [{"episode_index": 0, "length": 5, "tasks": []}, row])
    with pytest.raises(Problem, match=said):
        dataset.load(root)


def test_without_all_data_files_the_metadata_counts(real_data: Path, tmp_path: Path) -> None:
    shutil.copytree(real_data / "g1_bottle_v3.0" / "meta", tmp_path / "d" / "meta")
    read = dataset.load(tmp_path / "d")
    assert read.files["data/chunk-000/file-000.parquet"] == [0, 1, 2, 3]
    assert read.episodes[3].row == 1083


V3_COLUMNS = {
    "episode_index": [0, 1],
    "length": [20, 30],
    "tasks": [["a"], ["b"]],
    "data/chunk_index": [0, 0],
    "data/file_index": [0, 0],
    "dataset_from_index": [0, 20],
    f"videos/{CAMERA}/chunk_index": [0, 0],
    f"videos/{CAMERA}/file_index": [0, 0],
    f"videos/{CAMERA}/from_timestamp": [0.0, 2.0],
    f"videos/{CAMERA}/to_timestamp": [2.0, 5.0],
    "stats/whatever/mean": [[0.0] * 100] * 2,
}


def make_v3(root: Path, **changes: Any) -> Path:
    (root / "meta/episodes/chunk-000").mkdir(parents=True)
    (root / "meta/info.json").write_text(json.dumps(info("v3.0")))
    columns = V3_COLUMNS | changes
    table = pa.table({name: column for name, column in columns.items() if len(column)})
    pq.write_table(table, root / "meta/episodes/chunk-000/file-000.parquet")
    return root


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"length": []}, "lacks the column length"),
        ({"length": [20, None]}, "empty cell"),
        ({"length": [20, -1]}, "length of episode 1"),
        ({"data/file_index": [0, -3]}, "no index"),
        ({"data/chunk_index": [[0], [0]]}, "a column data/chunk_index of 'list<.*not of integers"),
        ({"tasks": [5, 5]}, "has a column tasks of 'int64', not of lists of texts"),
        ({f"videos/{CAMERA}/from_timestamp": ["0", "2"]}, "of 'string', not of seconds"),
        ({f"videos/{CAMERA}/from_timestamp": [0.0, float("nan")]}, "lies from nan s"),
        ({f"videos/{CAMERA}/to_timestamp": [2.0, 1.0]}, "lies from 2.0 s to 1.0 s"),
    ],
)
def test_hostile_v3_rows_are_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    assert list(dataset.load(make_v3(tmp_path / "good")).episodes) == [0, 1]
    with pytest.raises(Problem, match=said):
        dataset.load(make_v3(tmp_path / "bad", **changes))


def test_a_damaged_parquet_is_one_sentence(tmp_path: Path) -> None:
    root = make_v3(tmp_path / "d")
    path = root / "meta/episodes/chunk-000/file-000.parquet"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(Problem, match="cannot be read") as caught:
        dataset.load(root)
    assert "\n" not in str(caught.value)


def test_names_of_dimensions_in_any_form() -> None:
    deep: Any = "left"
    for _ in range(100_000):
        deep = [deep]
    for names, flat in [
        (["a", "b"], ["a", "b"]),
        ([["a", "b"], ["c"]], ["a", "b", "c"]),
        ({"motors": ["a", "b"], "hands": {"left": ["c"]}}, ["a", "b", "c"]),
        ({"x": 0, "y": 1}, ["x", "y"]),
        (deep, ["left"]),
        (["x" * 100] * 1000, []),
        ([""] * 100_000, []),
        (None, []),
    ]:
        assert infos.names({"names": names}) == flat


# Whatever the metadata says, it is a dataset or a Problem ---------------------------------------

SEVERAL = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def read_or_refused(root: Path) -> None:
    try:
        read = dataset.load(root)
    except Problem as problem:
        said = str(problem)
    else:
        said = ""
        well_formed(read)
    assert "\n" not in said
    assert len(said) < 1000


def well_formed(read: dataset.Dataset) -> None:
    assert all(isfinite(e.stop) and e.stop > e.start >= 0 for e in read.episodes.values())
    assert read.motion is None or all(isinstance(name, str) for name in read.motion[1])


@SEVERAL
@given(st.dictionaries(st.sampled_from([*info(), "total_episodes"]), JSON), JSON)
def test_any_info(tmp_path: Path, changes: dict[str, Any], names: Any) -> None:
    shutil.rmtree(tmp_path / "d", ignore_errors=True)
    content = info(**changes)
    if isinstance(content["features"], dict):
        content["features"]["action"] = {"dtype": "float32", "names": names}
    read_or_refused(make(tmp_path / "d", content))


@SEVERAL
@given(
    st.lists(
        JSON
        | st.fixed_dictionaries(
            {"episode_index": JSON | st.integers(0, 9), "length": JSON | st.integers(1, 9)},
            optional={"tasks": JSON},
        ),
        max_size=3,
    )
)
def test_any_lines_of_episodes(tmp_path: Path, rows: list[Any]) -> None:
    shutil.rmtree(tmp_path / "d", ignore_errors=True)
    read_or_refused(make(tmp_path / "d", info(), rows))


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
    read_or_refused(make_v3(tmp_path / "d", **changes))


@settings(max_examples=200)
@given(st.text(max_size=60) | st.text("{}[]*./:0dax", max_size=30).map("data/{}".format))
def test_no_template_escapes(text: str) -> None:
    """Whatever the template says, a path that is given out stays in the dataset's folder."""
    try:
        template = data_template({"data_path": text}, {"episode_index"})
        path = template(episode_index=7)
    except Problem:
        return
    assert path.startswith("data/")
    assert path.endswith(".parquet")
    assert ".." not in Path(path).parts
