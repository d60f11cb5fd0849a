"""Frames of a video by their numbers in the episode."""

from dataclasses import replace
from pathlib import Path

import pytest

from subtasks.frames.stretch import VideoPosition
from subtasks.frames.video import LostFrame, Unreadable
from subtasks.frames.video_footage import VideoSource
from support import render

POSITION = VideoPosition("videos/a.mp4", 1.0, 3.0, 60, 30.0)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render.video(tmp_path_factory.mktemp("videos") / "a.mp4", 90, keyframes=10)


def test_frames_are_counted_from_the_start_of_the_episode(video: Path) -> None:
    with VideoSource(video, POSITION).opened() as footage:
        assert (footage.codec, footage.width, footage.height) == ("h264", 128, 96)
        assert len(footage.times) == 60
        shown = [render.number(frame.to_image()) for frame in footage.decode([0, 7, 59])]
        assert shown == [30, 37, 89]
        assert footage.decoded >= 3
        assert footage.remarks == ()


@pytest.mark.parametrize(("lost", "after"), [(0, 10), (9, 10), (10, 20), (49, 50), (50, 60)])
def test_what_does_not_depend_on_a_lost_frame_begins_at_the_next_keyframe(
    video: Path, lost: int, after: int
) -> None:
    with VideoSource(video, POSITION).opened() as footage:
        assert footage.after_loss(lost) == after


def test_a_missing_keyframe_loses_its_own_frames(video: Path, tmp_path: Path) -> None:
    with VideoSource(video, POSITION).opened() as footage:
        broken = replace(footage._index, keys=footage._index.keys[2:])
        footage._index = broken
        with pytest.raises(LostFrame, match=r"at 1\.000 s .*no keyframe is before it"):
            list(footage.decode([0]))


def test_what_cannot_be_used_is_said_when_it_is_opened(video: Path, tmp_path: Path) -> None:
    with pytest.raises(Unreadable), VideoSource(video, replace(POSITION, start=9.0)).opened():
        pass
    with pytest.raises(FileNotFoundError), VideoSource(tmp_path / "a.mp4", POSITION).opened():
        pass
