"""What is sampled, without the program around it; tests/programs/test_sample_frames.py has more."""

from dataclasses import replace
from pathlib import Path

import pytest

from subtasks.errors import Problem
from subtasks.frames import archive
from subtasks.frames.sampler import SampleSettings, sample
from subtasks.frames.stretch import VideoPosition
from support import render

SETTINGS = SampleSettings(
    fps=2.0,
    layout="sheet",
    columns=3,
    rows=2,
    tile_width=64,
    frame_width=96,
    jpeg_quality=80,
)
POSITION = VideoPosition("videos/a.mp4", 0.0, 3.0, 90, 30.0)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render.video(tmp_path_factory.mktemp("videos") / "a.mp4", 90, keyframes=10)


def test_only_the_settings_of_the_layout_are_recorded() -> None:
    assert SETTINGS.requested() == {
        "fps": 2.0,
        "layout": "sheet",
        "columns": 3,
        "rows": 2,
        "tile_width": 64,
        "jpeg_quality": 80,
        "max_frames": None,
    }
    assert replace(SETTINGS, layout="frame", max_frames=9).requested() == {
        "fps": 2.0,
        "layout": "frame",
        "frame_width": 96,
        "jpeg_quality": 80,
        "max_frames": 9,
    }


@pytest.mark.parametrize(
    ("layout", "images"),
    [
        ("sheet", [((0.0, 0.5, 1.0, 1.5, 2.0, 2.5), (192, 96)), ((2.966667,), (192, 48))]),
        ("frame", [((time,), (96, 72)) for time in (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 2.966667)]),
    ],
)
def test_an_episode_is_sampled_into_an_archive(
    tmp_path: Path,
    video: Path,
    layout: str,
    images: list[tuple[tuple[float, ...], tuple[int, int]]],
) -> None:
    sample(video, POSITION, replace(SETTINGS, layout=layout), tmp_path / "new" / "a.zip")

    manifest = archive.read_manifest(tmp_path / "new" / "a.zip")
    assert [(image.times, (image.width, image.height)) for image in manifest.images] == images
    assert manifest.images[0].name == f"{layout}_000.jpg"
    assert (manifest.video, manifest.codec, manifest.error) == ("videos/a.mp4", "h264", None)
    assert (manifest.fps, manifest.frames, manifest.duration) == (30.0, 90, 3.0)
    assert manifest.sampling["rate"] == 2.0


def test_an_unreadable_video_gives_an_archive_without_images(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    sample(tmp_path / "a.mp4", POSITION, SETTINGS, tmp_path / "a.zip")

    manifest = archive.read_manifest(tmp_path / "a.zip")
    assert manifest.error == "videos/a.mp4 is empty"
    assert (manifest.codec, manifest.images) == (None, ())
    assert manifest.sampling == {"rate": 2.0} | SETTINGS.requested()


def test_nothing_is_written_for_a_missing_video_or_impossible_sheets(
    tmp_path: Path, video: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        sample(tmp_path / "missing.mp4", POSITION, SETTINGS, tmp_path / "a.zip")
    with pytest.raises(Problem, match="smaller tile width"):
        sample(video, POSITION, replace(SETTINGS, columns=200), tmp_path / "a.zip")
    assert list(tmp_path.iterdir()) == []
