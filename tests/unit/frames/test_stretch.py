"""Which frames of a video are an episode's, and what is said where they do not fit."""

from dataclasses import replace
from pathlib import Path

import pytest

from subtasks.frames.stretch import Stretch, VideoPosition, find_frames
from subtasks.frames.video import Unreadable, Video
from support import render

POSITION = VideoPosition("videos/a.mp4", 0.0, 3.0, 90, 30.0)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render.video(tmp_path_factory.mktemp("videos") / "a.mp4", 90, keyframes=10)


def found(path: Path, position: VideoPosition) -> Stretch:
    with Video(path) as video:
        return find_frames(video, position)


def test_frames_are_those_of_the_metadata_to_within_half_a_frame(video: Path) -> None:
    position = VideoPosition("a.mp4", 1.0 + 0.4 / 30, 2.0, 30, 30.0)
    with Video(video) as opened:
        stretch = find_frames(opened, position)
        frames = opened.frames(stretch.index, stretch.index.frames)
        numbers = [render.number(frame.to_image()) for frame in frames]
    assert numbers == list(range(30, 60))
    assert stretch.times == pytest.approx([number / 30 for number in range(30)])
    assert stretch.remarks == ()


def test_a_video_that_ends_early_is_refused_with_both_lengths(video: Path) -> None:
    with pytest.raises(Unreadable, match=r"3\.000 s .* 4\.000 s long"):
        found(video, replace(POSITION, stop=4.0, frames=120))
