"""Episodes of v2.0 and v2.1 datasets."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.dataset import dataset
from subtasks.dataset.episode import Clip
from subtasks.errors import Problem
from subtasks.files import LFS_POINTER
from support.small_datasets import CAMERA, JSON, SEVERAL, WRIST, info_json, make_v2, read_or_refused


def test_episodes_of_v2_lie_in_chunks(tmp_path: Path) -> None:
    read = dataset.load(make_v2(tmp_path / "d", info_json()), episodes="1:", exclude=[3])
    assert {i: e.data for i, e in read.episodes.items()} == {
        1: "data/chunk-000/episode_000001.parquet",
        2: "data/chunk-001/episode_000002.parquet",
        4: "data/chunk-002/episode_000004.parquet",
    }
    video = f"videos/chunk-002/{CAMERA}/episode_000004.mp4"
    assert read.episodes[4].clips == (Clip(CAMERA, video, 0.0, 2.0),)
    assert read.total == 5
    assert read.files["data/chunk-001/episode_000002.parquet"] == [2]


def test_each_camera_has_videos_of_its_own(tmp_path: Path) -> None:
    read = dataset.load(make_v2(tmp_path / "d", info_json()), cameras=[WRIST, CAMERA])
    assert read.episodes[4].footage == tuple(
        f"videos/chunk-002/{camera}/episode_000004.mp4" for camera in (WRIST, CAMERA)
    )


GOOD = {"episode_index": 0, "length": 5, "tasks": []}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{", "line 2 is not valid JSON"),
        ("[" * 100_000, "line 2 is not valid JSON"),
        ([], r"line 2 is \[\], but must be a JSON object"),
        ({"length": 5}, "line 2 has no episode_index"),
        ({"episode_index": None, "length": 5}, "line 2: episode_index is None"),
        ({"episode_index": -1, "length": 5}, "line 2: episode_index is -1"),
        ({"episode_index": 1.5, "length": 5}, "line 2: episode_index is 1.5"),
        ({"episode_index": 10**9, "length": 5}, "line 2: episode_index is 1000000000"),
    ],
)
def test_a_row_that_names_no_episode_is_left_out(tmp_path: Path, row: Any, said: str) -> None:
    read = dataset.load(make_v2(tmp_path / "d", info_json(), [GOOD, row]))
    assert list(read.episodes) == [0]
    assert read.faults == {}
    [sentence] = read.unnumbered
    assert re.search(said, sentence)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"episode_index": 1}, "line 2: length is None"),
        ({"episode_index": 1, "length": 0}, "line 2: length is 0"),
        ({"episode_index": 1, "length": 10**12}, "line 2: length is 1000000000000"),
        ({"episode_index": 1, "length": 2.5}, "line 2: length is 2.5"),
        ({"episode_index": 1, "length": 5, "tasks": 5}, "line 2: .* a list of strings, not 5"),
        ({"episode_index": 1, "length": 5, "tasks": ["a", {}]}, "line 2: .* a list of strings"),
    ],
)
def test_an_unusable_row_is_the_fault_of_its_episode(tmp_path: Path, row: Any, said: str) -> None:
    root = make_v2(tmp_path / "d", info_json(), [GOOD, row])
    read = dataset.load(root)
    assert list(read.episodes) == [0]
    assert list(read.faults) == [1]
    assert re.search(said, read.faults[1])
    # Whoever does not select it never hears of it.
    assert dataset.load(root, exclude=[1]).faults == {}
    assert dataset.load(root, episodes=":1").faults == {}
    with pytest.raises(Problem, match=said):
        dataset.load(root, episodes=[1])


def test_an_episode_that_is_listed_twice_cannot_be_used(tmp_path: Path) -> None:
    rows = [GOOD, {**GOOD, "length": 7}, {**GOOD, "episode_index": 1}]
    read = dataset.load(make_v2(tmp_path / "d", info_json(), rows))
    assert list(read.episodes) == [1]
    assert "line 2: episode_index 0 is listed twice" in read.faults[0]


def test_numbers_as_text_and_a_byte_order_mark(tmp_path: Path) -> None:
    rows = [{"episode_index": "0", "length": 5.0}, {"episode_index": 1.0, "length": "6"}]
    root = make_v2(tmp_path / "d", info_json(fps="10", chunks_size="1000"), rows)
    for name in ("info.json", "episodes.jsonl"):
        path = root / "meta" / name
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    read = dataset.load(root)
    assert {i: e.length for i, e in read.episodes.items()} == {0: 5, 1: 6}
    assert read.fps == 10


@pytest.mark.parametrize("name", ["info.json", "episodes.jsonl"])
def test_a_git_lfs_pointer_says_what_to_run(tmp_path: Path, name: str) -> None:
    root = make_v2(tmp_path / "d", info_json())
    (root / "meta" / name).write_bytes(LFS_POINTER + b"v1\n")
    with pytest.raises(Problem, match=rf"meta/{name} is a Git LFS pointer .* `git lfs pull`"):
        dataset.load(root)


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
    read_or_refused(make_v2(tmp_path / "d", info_json(), rows))
