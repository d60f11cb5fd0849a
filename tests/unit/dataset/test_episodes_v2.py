"""Episodes of v2.0 and v2.1 datasets."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.dataset import dataset
from subtasks.errors import Problem
from support.small_datasets import CAMERA, JSON, SEVERAL, info_json, make_v2, read_or_refused


def test_episodes_of_v2_lie_in_chunks(tmp_path: Path) -> None:
    read = dataset.load(make_v2(tmp_path / "d", info_json()), episodes="1:", exclude=[3])
    assert {i: e.data for i, e in read.episodes.items()} == {
        1: "data/chunk-000/episode_000001.parquet",
        2: "data/chunk-001/episode_000002.parquet",
        4: "data/chunk-002/episode_000004.parquet",
    }
    assert read.episodes[4].video == f"videos/chunk-002/{CAMERA}/episode_000004.mp4"
    assert read.total == 5
    assert read.files["data/chunk-001/episode_000002.parquet"] == [2]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{", "line 2 is not valid JSON"),
        ("[" * 100_000, "line 2 is not valid JSON"),
        ([], "line 2 lacks"),
        ({"episode_index": 1}, "line 2 lacks"),
        ({"episode_index": -1, "length": 5}, "not a valid index"),
        ({"episode_index": 10**9, "length": 5}, "not a valid index"),
        ({"episode_index": 1, "length": 0}, "length of episode 1"),
        ({"episode_index": 1, "length": 10**12}, "length of episode 1"),
        ({"episode_index": 1, "length": 2.5}, "length of episode 1"),
        ({"episode_index": 0, "length": 5}, "lists an episode twice"),
        ({"episode_index": 1, "length": 5, "tasks": 5}, "must be a list of strings, not 5"),
        ({"episode_index": 1, "length": 5, "tasks": ["a", {}]}, "must be a list of strings, not"),
    ],
)
def test_hostile_episodes_are_refused(tmp_path: Path, row: Any, said: str) -> None:
    root = make_v2(
        tmp_path / "d", info_json(), [{"episode_index": 0, "length": 5, "tasks": []}, row]
    )
    with pytest.raises(Problem, match=said):
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
