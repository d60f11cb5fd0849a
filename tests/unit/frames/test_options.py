"""The command line that says which cameras are sampled."""

import argparse
import sys
from pathlib import Path

import pytest

from subtasks import episode_facts
from subtasks.episode_facts import EpisodeFacts
from subtasks.errors import Problem
from subtasks.frames.footage import MAX_CAMERAS, Camera
from subtasks.frames.image_footage import ImageSource
from subtasks.frames.options import CameraOptions, add_arguments, between, cameras
from subtasks.frames.stretch import MISSING_SECONDS, VideoPosition
from subtasks.frames.video_footage import VideoSource
from support import usage

COMMON = ("--frames=90", "--episode-fps=30")
TOP = ("--camera", "top", "videos/top.mp4", "/a b/top.mp4", "1.5", "4.5")


def read(*arguments: str) -> list[Camera]:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return cameras(CameraOptions(**vars(parser.parse_args([*COMMON, *arguments]))))


def test_a_video_is_a_file_and_a_stretch_of_it() -> None:
    position = VideoPosition("videos/top.mp4", 1.5, 4.5, 90, 30.0)
    assert read(*TOP) == [Camera("top", VideoSource(Path("/a b/top.mp4"), position))]
    assert position.missing_seconds == MISSING_SECONDS
    [camera] = read(*TOP, "--alone", "--missing-seconds=0.25")
    assert camera.source.extent == VideoPosition(
        "videos/top.mp4", 1.5, 4.5, 90, 30.0, is_alone=True, missing_seconds=0.25
    )


def test_several_cameras_keep_their_order() -> None:
    wrist = ("--camera", "wrist", "videos/wrist.mp4", "w.mp4", "0", "3")
    found = read(*wrist, *TOP)
    assert [camera.name for camera in found] == ["wrist", "top"]
    assert [camera.source.extent.name for camera in found] == [
        "videos/wrist.mp4",
        "videos/top.mp4",
    ]


def test_images_are_a_data_file_and_the_episodes_rows(tmp_path: Path) -> None:
    facts = EpisodeFacts("pick", 90, first=7, rows=90)
    episode_facts.write(tmp_path / "facts.json", {4: facts})
    options = (f"--facts={tmp_path}/facts.json", "--episode=4", "--root=/d")
    position = VideoPosition("wrist", 0.0, 3.0, 90, 30.0)
    assert read("--camera", "wrist", "0.parquet", *options) == [
        Camera("wrist", ImageSource(Path("0.parquet"), position, facts, 4, Path("/d")))
    ]
    assert [camera.name for camera in read("--camera", "wrist", "0.parquet", *TOP, *options)] == [
        "wrist",
        "top",
    ]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (
            ("--camera", "top"),
            "--camera top has 1 values, but must have CAMERA NAME FILE START STOP for a video, or"
            " CAMERA FILE for images in a data file",
        ),
        (("--camera", "top", "a", "b"), "--camera top has 3 values, but"),
        (("--camera", "top", "a", "b", "1"), "--camera top has 4 values, but"),
        ((*TOP, "7"), "--camera top has 6 values, but"),
        (
            ("--camera", "top", "a", "b", "0", "nan"),
            "--camera top has nan where its START and STOP must be seconds in the video",
        ),
        (("--camera", "top", "a", "b", "soon", "1"), "--camera top has soon where"),
        (("--camera", "top", "a", "b", "-1", "1"), "--camera top has -1 where"),
        (
            ("--camera", "top", "0.parquet"),
            "--camera top is stored in a data file: --facts and --episode must say which rows are"
            " the episode's",
        ),
        ((*TOP, *TOP), "--camera top is given twice: name each camera once"),
        (TOP * (MAX_CAMERAS + 1), f"--camera is given 17 times: at most {MAX_CAMERAS}"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(arguments: tuple[str, ...], reason: str) -> None:
    with pytest.raises(Problem) as caught:
        read(*arguments)
    assert str(caught.value).startswith(reason)


def test_a_camera_is_required(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read()
    assert "the following arguments are required: --camera" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["0", "96", "nan", "inf"])
def test_a_number_has_bounds(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not a number from 1 to 95"):
        between(float, 1, 95)(text)
    assert between(int, 1, 95)("95") == 95


def test_videos_need_no_library_for_data_files() -> None:
    usage.python(
        "import sys; from subtasks.frames import options, sampler; assert 'pyarrow' not in"
        " sys.modules"
    )
    assert "pyarrow" in sys.modules
