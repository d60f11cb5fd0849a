"""Which files of a result are published, and that it is published as a whole."""

from pathlib import Path

import pytest

from subtasks.dataset.dataset import Dataset
from subtasks.dataset.episode import Clip, Episode, RemoteFile
from subtasks.errors import Problem
from subtasks.publish import result_files

DATA = [f"data/chunk-000/episode_00000{i}.parquet" for i in range(3)]


def dataset_of(root: Path, selected: list[int], remote: list[str] | None = None) -> Dataset:
    clips = {i: (Clip("top", f"videos/{i}.mp4", 0, 1),) for i in selected}
    episodes = {i: Episode(i, 10, "a task", DATA[i], 0, clips[i]) for i in selected}
    return Dataset(
        name="set",
        root=root,
        version="v2.1",
        fps=10.0,
        features={},
        cameras=("top",),
        total=3,
        episodes=episodes,
        files={DATA[i]: [i] for i in selected},
        remote=None if remote is None else {path: RemoteFile("00", 1) for path in remote},
    )


def write(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()


def test_data_metadata_and_subtasks_are_published(tmp_path: Path) -> None:
    source, result = tmp_path / "source", tmp_path / "result"
    write(source, *DATA, "data/README.md")
    write(result, *DATA, "meta/info.json", "meta/episodes/a.parquet", "meta/.info.json.x.tmp")
    # Episode 1 lacks its video, so it has no subtasks file.
    write(result, "subtasks/episode_000000.json", "subtasks/episode_000002.json")
    write(result, "subtasks/notes.txt", "videos/0.mp4")
    files = result_files.files_of(dataset_of(source, [0, 1, 2]), result)
    assert list(files) == [
        *DATA,
        "meta/episodes/a.parquet",
        "meta/info.json",
        "subtasks/episode_000000.json",
        "subtasks/episode_000002.json",
    ]
    assert all(file == result / path for path, file in files.items())


def test_a_part_of_a_dataset_is_refused(tmp_path: Path) -> None:
    write(tmp_path, *DATA)
    sentence = f"set has data files whose episodes are not selected, such as {DATA[1]}: a dataset"
    with pytest.raises(Problem, match=sentence):
        result_files.check_whole(dataset_of(tmp_path, [0, 2]))
    with pytest.raises(Problem, match=sentence):
        result_files.files_of(dataset_of(tmp_path, [0, 2]), tmp_path)


def test_files_that_are_only_on_the_hub_count_too(tmp_path: Path) -> None:
    remote = [*DATA, "data/README.md", "videos/9.parquet"]
    result_files.check_whole(dataset_of(tmp_path, [0, 1, 2], remote))
    with pytest.raises(Problem, match=f"such as {DATA[2]}"):
        result_files.check_whole(dataset_of(tmp_path, [0, 1], remote))
