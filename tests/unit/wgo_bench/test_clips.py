"""What videos say of themselves."""

from pathlib import Path

import pytest

from subtasks.frames.stretch import VideoPosition, find_frames
from subtasks.frames.video import Unreadable, Video
from subtasks.wgo_bench import clips
from support import render, wgo_bench


def test_a_video_says_its_size_and_its_times(tmp_path: Path) -> None:
    times = [number / 15 for number in range(60)]
    path = render.video(tmp_path / "a.mp4", 60, times=times, size=(128, 96), offset=2.0)
    clip = clips.look_at(path)
    assert (clip.width, clip.height, clip.frames) == (128, 96, 60)
    assert clip.last == pytest.approx(59 / 15, abs=1e-3)
    assert clip.seconds == pytest.approx(4.0, abs=1e-3)
    assert clip.rate == pytest.approx(15, abs=0.01)
    assert clip.length(30) == 120


def test_a_single_frame_is_a_video(tmp_path: Path) -> None:
    clip = clips.look_at(render.video(tmp_path / "a.mp4", 1))
    assert (clip.frames, clip.last) == (1, 0.0)
    assert clip.seconds > 0
    assert clip.length(30) >= 1


@pytest.mark.parametrize("rate", [5, 10, 15, 24, 30, 50])
def test_an_episode_is_as_long_as_its_video(tmp_path: Path, rate: float) -> None:
    """At the rate of the dataset, nothing of the episode seems to be missing."""
    times = [number / rate for number in range(3 * int(rate))]
    path = render.video(tmp_path / "a.mp4", len(times), times=times, size=(32, 24))
    length = clips.look_at(path).length(30)
    assert length / 30 == pytest.approx(3.0, abs=max(0.02, 1 / rate - 1.4 / 30))
    with Video(path) as video:
        position = VideoPosition("a.mp4", 0.0, length / 30, length, 30.0, is_alone=True)
        stretch = find_frames(video, position)
    assert stretch.remarks == ()
    assert len(times) - len(stretch.times) in (0, 1)


def test_an_uneven_video_is_as_long_as_its_last_frame_says(tmp_path: Path) -> None:
    times = wgo_bench.uneven(6.0)
    clip = clips.look_at(render.video(tmp_path / "a.mp4", len(times), times=times))
    assert clip.last == pytest.approx(times[-1], abs=1e-3)
    assert clip.length(30) == pytest.approx((times[-1] + 1 / 24) * 30, abs=1.5)


@pytest.mark.parametrize("content", [b"", b"no video", b"\0" * 5000])
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(Unreadable):
        clips.look_at(tmp_path / "a.mp4")


def test_a_video_whose_first_frame_is_damaged_is_refused(tmp_path: Path) -> None:
    path = render.video(tmp_path / "a.mp4", 30)
    content = bytearray(path.read_bytes())
    start = content.index(b"mdat") + 4
    content[start : start + 4000] = b"\xff" * 4000
    path.write_bytes(content)
    with pytest.raises(Unreadable, match="decoded"):
        clips.look_at(path)
