"""Sampling the frames around borders, and when an archive is kept."""

import os
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from subtasks.frames import archive, border_strips
from subtasks.frames.footage import Camera
from subtasks.frames.manifest import Manifest
from subtasks.frames.stretch import VideoPosition
from subtasks.frames.video_footage import VideoSource
from subtasks.segments.borders import Border, between
from subtasks.segments.segment import Segment
from support import render, sheets

FRAMES = 180
RATE = render.RATE
POSITION = VideoPosition("videos/a.mp4", 0.0, FRAMES / RATE, FRAMES, RATE)
BORDERS = between([Segment(time, str(time)) for time in (0.0, 2.0, 3.0)], FRAMES / RATE)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render.video(tmp_path_factory.mktemp("videos") / "a.mp4", FRAMES, keyframes=10)


def cameras(video: Path, count: int = 1) -> list[Camera]:
    return [Camera(f"camera {n}", VideoSource(video, POSITION)) for n in range(count)]


def sampled(video: Path, output: Path, borders: list[Border] = BORDERS, count: int = 1) -> Manifest:
    border_strips.sample_strips(cameras(video, count), borders, 85, output)
    return archive.read_manifest(output)


def test_each_border_has_a_picture_of_the_frames_around_it(video: Path, tmp_path: Path) -> None:
    manifest = sampled(video, tmp_path / "a.zip")
    assert manifest.borders == (2.0, 3.0)
    assert manifest.cameras == ("camera 0",)
    first, second = manifest.images
    assert (first.times[0], first.times[-1]) == (1.0, 2.5)
    assert (second.times[0], second.times[-1]) == (2.5, 4.0)
    assert [len(image.times) for image in manifest.images] == [13, 13]
    for image, jpeg in archive.read_images(tmp_path / "a.zip"):
        with Image.open(BytesIO(jpeg)) as picture:
            assert picture.size == (image.width, image.height)
            # The tile's own picture says which frame it is: the right one is under each time.
            tiles = sheets.tiles(picture, len(image.times), 5)
            shown = [render.number(tile) for tile in tiles]
        assert shown == [round(time * RATE) for time in image.times]


def test_two_cameras_stand_side_by_side(video: Path, tmp_path: Path) -> None:
    one, two = (sampled(video, tmp_path / f"{n}.zip", count=n) for n in (1, 2))
    assert two.cameras == ("camera 0", "camera 1")
    assert [image.times for image in two.images] == [image.times for image in one.images]
    assert all(image.width <= 1568 for image in two.images)


def test_many_cameras_are_shrunk_until_models_accept_the_picture(
    video: Path, tmp_path: Path
) -> None:
    manifest = sampled(video, tmp_path / "a.zip", BORDERS, 10)
    for image, jpeg in archive.read_images(tmp_path / "a.zip"):
        with Image.open(BytesIO(jpeg)) as picture:
            assert picture.size == (image.width, image.height)
        assert max(image.width, image.height) <= 2000
    assert len(manifest.cameras) == 10


def test_an_episode_of_one_subtask_has_an_empty_archive(video: Path, tmp_path: Path) -> None:
    manifest = sampled(video, tmp_path / "a.zip", [])
    assert (manifest.images, manifest.borders, manifest.error) == ((), (), None)


def test_a_broken_video_is_said_in_the_archive(video: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(video.read_bytes()[:500])
    manifest = sampled(broken, tmp_path / "a.zip")
    assert "videos/a.mp4" in str(manifest.error)
    assert manifest.images == ()


def test_an_archive_is_kept_while_it_is_what_sampling_would_give(
    video: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.zip"
    sampled(video, path)
    shown = cameras(video)

    def is_current(borders: list[Border] = BORDERS, quality: int = 85, count: int = 1) -> bool:
        wanted = border_strips.unopened(cameras(video, count), borders, quality)
        return border_strips.is_current(path, wanted, shown)

    assert is_current()
    moved = [BORDERS[0], replace(BORDERS[1], time=3.1)]
    assert not is_current(moved)
    assert not is_current(BORDERS[:1])
    assert not is_current(quality=90)
    assert not is_current(count=2)
    later = path.stat().st_mtime + 10
    os.utime(video, (later, later))
    assert not is_current()
    os.utime(path, (later, later))
    assert is_current()
    path.write_bytes(path.read_bytes()[:-100])
    assert not is_current()
    path.unlink()
    assert not is_current()


def test_an_archive_without_images_is_made_again(video: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(video.read_bytes()[:500])
    sampled(broken, tmp_path / "a.zip", [])
    wanted = border_strips.unopened(cameras(broken), [], 85)
    assert not border_strips.is_current(tmp_path / "a.zip", wanted, cameras(broken))
