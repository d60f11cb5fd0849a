"""A dataset is read the same from every version, and episodes are selected from it."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.dataset import dataset
from subtasks.dataset.episode import Clip, RemoteFile
from subtasks.errors import Problem
from support.small_datasets import CAMERA, WRIST, info_json, make_v2


def test_both_versions_of_the_real_data_agree(real_data: Path) -> None:
    old = dataset.load(real_data / "g1_bottle_v2.1")
    new = dataset.load(real_data / "g1_bottle_v3.0")
    assert list(old.episodes) == list(new.episodes) == list(range(8))
    for one, other in zip(old.episodes.values(), new.episodes.values(), strict=True):
        assert (one.index, one.length, one.task) == (other.index, other.length, other.task)
        [before], [after] = one.clips, other.clips
        assert before.stop - before.start == pytest.approx(after.stop - after.start)
    assert old.motion == new.motion
    [state] = old.motion.state
    assert state.key == "observation.state"
    assert state.names[0] == "kLeftShoulderPitch"


def test_a_folder_without_metadata_is_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"is not a LeRobot dataset \(meta/info\.json is missing\)"):
        dataset.load(tmp_path)


def test_episodes_are_selected(tmp_path: Path) -> None:
    root = make_v2(tmp_path / "d", info_json())
    assert list(dataset.load(root, episodes="1:", exclude=[2], max_episodes=2).episodes) == [1, 3]
    assert list(dataset.load(root, episodes=[4, 0]).episodes) == [0, 4]
    with pytest.raises(Problem, match="episodes 5,7 cannot be excluded: the dataset has episodes"):
        dataset.load(root, exclude=[5, 7])


def test_what_nobody_reads_is_not_required(tmp_path: Path) -> None:
    """Whoever samples no frames needs no usable camera, no video path and no tasks."""
    odd = {"a/b": {"dtype": "video"}, "state": {"dtype": "float32"}}
    rows = [{"episode_index": 0, "length": 5, "tasks": 5}]
    root = make_v2(tmp_path / "d", info_json(features=odd, video_path=None), rows)
    read = dataset.load(root, samples=False, task="")
    assert read.cameras == ()
    assert read.episodes[0].footage == ()
    assert list(read.episodes) == [0]
    with pytest.raises(Problem, match="has a name that cannot be part of a path"):
        dataset.load(root, task="")


@pytest.mark.parametrize("name", ["stats.json", "episodes_stats.jsonl", "more/notes.json"])
def test_pointers_of_git_lfs_in_the_metadata_are_refused(tmp_path: Path, name: str) -> None:
    """Nobody reads these files before the result gets a copy, and then all is paid."""
    root = make_v2(tmp_path / "d", info_json())
    (root / "meta/more").mkdir()
    (root / "meta" / name).write_text("version https://git-lfs.github.com/spec/v1\nsize 3\n")
    with pytest.raises(Problem, match="is a Git LFS pointer and not the file itself: run `git lfs"):
        dataset.load(root)


def test_images_in_the_data_files_are_a_camera(tmp_path: Path) -> None:
    camera = {"image": {"dtype": "image", "shape": [4, 4, 3]}}
    root = make_v2(tmp_path / "d", info_json(features=camera, video_path=None))
    read = dataset.load(root)
    assert (read.cameras, read.stores_images) == (("image",), True)
    path = "data/chunk-001/episode_000002.parquet"
    assert read.episodes[2].clips == (Clip("image", path),)
    assert read.episodes[2].footage == (path,)


def test_task_is_overridden_and_cleaned(tmp_path: Path) -> None:
    rows = [
        {"episode_index": 0, "tasks": ["pick\n the\x07 cup ", "wave"], "length": 3},
        {"episode_index": 1, "length": 3},
    ]
    root = make_v2(tmp_path / "d", info_json(), rows)
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


def test_an_episode_lacks_only_files_of_cameras_that_are_sampled(tmp_path: Path) -> None:
    root = make_v2(tmp_path / "d", info_json())
    both = dataset.load(root, cameras=[CAMERA, WRIST])
    assert both.cameras == (CAMERA, WRIST)
    videos = {i: list(each.footage) for i, each in both.episodes.items()}
    for each in both.episodes.values():
        for path in (each.data, *each.footage):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).touch()
    for path in (videos[1][0], videos[3][1], both.episodes[4].data, *videos[4]):
        (root / path).unlink()
    assert dataset.missing(both, videos=True) == {
        1: [videos[1][0]],
        3: [videos[3][1]],
        4: [both.episodes[4].data, *videos[4]],
    }
    assert f"/{WRIST}/" in videos[3][1]
    assert list(dataset.missing(dataset.load(root), videos=True)) == [1, 4]
    assert list(dataset.missing(dataset.load(root, cameras=[WRIST]), videos=True)) == [3, 4]
    left = both.without(dataset.missing(both, videos=True))
    assert list(left.episodes) == [0, 2]
    # Written without labels, where only a video is missing.
    assert left.files[both.episodes[3].data] == []


def test_of_a_remote_dataset_it_is_looked_for_in_the_listing(tmp_path: Path) -> None:
    root = make_v2(tmp_path / "d", info_json())
    known = dataset.load(root, cameras=[CAMERA, WRIST], episodes=[0, 1])
    paths = {path for each in known.episodes.values() for path in (each.data, *each.footage)}
    lost = known.episodes[1].footage[1]
    remote = dict.fromkeys(paths - {lost}, RemoteFile("abc"))
    read = dataset.load(root, cameras=[CAMERA, WRIST], episodes=[0, 1], remote=remote)
    assert dataset.missing(read, videos=True) == {1: [lost]}


def test_videos_and_images_in_one_dataset(tmp_path: Path) -> None:
    root = make_v2(tmp_path / "d", info_json())
    read = dataset.load(root, cameras=["observation.images.raw", CAMERA])
    found = read.episodes[3]
    assert [clip.is_video for clip in found.clips] == [False, True]
    assert found.footage == (found.data, found.clips[1].file)
    assert read.stores_images
