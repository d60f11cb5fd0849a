"""The videos of an episode, and which files are never given."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from subtasks.dataset import dataset
from subtasks.dataset.dataset import Dataset
from subtasks.dataset.episode import RemoteFile
from subtasks.demo import lerobot
from subtasks.errors import Problem
from subtasks.review import media
from support import demo
from support.small_datasets import CAMERA, WRIST, info_json, make_v2


@pytest.fixture
def read(tmp_path: Path) -> Dataset:
    return dataset.load(demo.lay_out("v2.1", tmp_path))


def test_all_cameras_in_colour_are_shown_and_the_sampled_one_first(tmp_path: Path) -> None:
    root = make_v2(tmp_path / "dataset", info_json())
    raw = "observation.images.raw"
    assert media.names(dataset.load(root, cameras=[WRIST])) == [WRIST, CAMERA, raw]
    assert media.names(dataset.load(root, samples=False)) == [CAMERA, raw, WRIST]


def test_a_codec_is_what_the_metadata_says_if_it_says_one(read: Dataset) -> None:
    assert media.codec(read, lerobot.CAMERA) == "av1"
    assert media.codec(read, "nothing") is None
    for info in (
        None,
        5,
        {},
        {"video.codec": 7},
        {"video.codec": "\x1b"},
        {"video.codec": "x" * 99},
    ):
        feature = {lerobot.CAMERA: {"dtype": "video", "info": info}}
        assert media.codec(replace(read, features=feature), lerobot.CAMERA) is None
    feature = {lerobot.CAMERA: {"video_info": {"video.codec": "h264"}}}
    assert media.codec(replace(read, features=feature), lerobot.CAMERA) == "h264"


def test_a_video_is_a_file_of_the_dataset(read: Dataset) -> None:
    [clip] = read.episodes[0].clips
    found = media.video(read, clip)
    assert found is not None
    assert found.path == read.root / clip.file
    assert found.media_type == "video/mp4"
    assert found.status.st_size == found.path.stat().st_size
    found.path.unlink()
    assert media.video(read, clip) is None


def test_images_and_videos_on_the_hub_are_none(read: Dataset) -> None:
    [clip] = read.episodes[0].clips
    assert media.video(read, replace(clip, start=None, stop=None)) is None
    assert media.video(replace(read, remote={clip.file: RemoteFile("x")}), clip) is None


def test_a_link_out_of_the_dataset_is_refused(read: Dataset, tmp_path: Path) -> None:
    [clip] = read.episodes[0].clips
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(b"secret")
    (read.root / clip.file).unlink()
    (read.root / clip.file).symlink_to(secret)
    with pytest.raises(Problem, match="out of the dataset"):
        media.video(read, clip)
    found = media.video(replace(read, follow_links=True), clip)
    assert found is not None
    assert found.status.st_size == 6


def test_a_pipe_is_no_video(read: Dataset) -> None:
    [clip] = read.episodes[0].clips
    (read.root / clip.file).unlink()
    os.mkfifo(read.root / clip.file)
    assert media.video(read, clip) is None
