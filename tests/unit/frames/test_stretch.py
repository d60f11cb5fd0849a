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


def remade(path: Path, frames: int, rate: float = render.RATE, **options: object) -> Path:
    """A video of another length or rate than its episode, which has 90 frames at 30 fps."""
    times = [number / rate for number in range(frames)]
    return render.video(path, frames, times=times, **options)


ALONE = replace(POSITION, is_alone=True)


@pytest.mark.parametrize("frames", [89, 90, 91, 93, 105])
@pytest.mark.parametrize("position", [POSITION, ALONE])
def test_small_differences_are_not_remarkable(
    tmp_path: Path, frames: int, position: VideoPosition
) -> None:
    stretch = found(remade(tmp_path / "a.mp4", frames), position)
    assert stretch.remarks == ()
    assert len(stretch.times) == min(frames, 90)


@pytest.mark.parametrize(
    ("frames", "remark"),
    [
        (88, "ends 0.07 s before the episode (2.93 of 3.00 s)"),
        (84, "ends 0.20 s before the episode (2.80 of 3.00 s)"),
        (75, "ends 0.50 s before the episode (2.50 of 3.00 s)"),
    ],
)
@pytest.mark.parametrize("position", [POSITION, ALONE])
def test_a_little_may_be_missing_at_the_end(
    tmp_path: Path, frames: int, remark: str, position: VideoPosition
) -> None:
    path = remade(tmp_path / "a.mp4", frames)
    stretch = found(path, position)
    assert stretch.remarks == (f"videos/a.mp4 {remark}: the rest was not sampled",)
    assert len(stretch.times) == frames
    with pytest.raises(Unreadable, match=rf"\({frames} frames\), but .* \(90 frames\)"):
        found(path, replace(position, missing_seconds=(90 - frames) / 30 - 0.02))


@pytest.mark.parametrize("frames", [1, 10, 45, 74])
def test_more_may_not_be_missing(tmp_path: Path, frames: int) -> None:
    path = remade(tmp_path / "a.mp4", frames)
    with pytest.raises(Unreadable, match=r"ends .* into the episode"):
        found(path, ALONE)
    assert found(path, replace(ALONE, missing_seconds=3.0)).remarks


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize(
    ("frames", "rate", "shows"),
    [
        (90, 15, "6.00 s (90 frames at 15 fps)"),
        (90, 25, "3.60 s (90 frames at 25 fps)"),
        (180, 30, "6.00 s (180 frames at 30 fps)"),
        (106, 30, "3.53 s (106 frames at 30 fps)"),
        (900, 30, "30.00 s (900 frames at 30 fps)"),
        (240, 60, "4.00 s (240 frames at 60 fps)"),
    ],
)
def test_a_video_much_longer_than_its_episode_is_remarkable(
    tmp_path: Path, frames: int, rate: float, shows: str, suffix: str
) -> None:
    path = remade(tmp_path / f"a.{suffix}", frames, rate, size=(32, 24), b_frames=2)
    stretch = found(path, ALONE)
    assert stretch.remarks == (
        f"videos/a.mp4 shows {shows}, the episode has 3.00 s (90 frames at 30 fps): only the"
        " first 3.00 s were sampled",
    )
    assert stretch.times[-1] < 3.0


def test_what_follows_an_episode_in_a_shared_video_is_not_remarkable(tmp_path: Path) -> None:
    path = remade(tmp_path / "a.mp4", 900)
    assert found(path, POSITION).remarks == ()
    assert found(path, replace(POSITION, start=10.0, stop=13.0)).remarks == ()


def test_a_stretch_longer_than_the_episode_is_remarkable(tmp_path: Path) -> None:
    path = remade(tmp_path / "a.mp4", 300)
    assert found(path, replace(POSITION, start=2.0, stop=8.0)).remarks == (
        "by the metadata videos/a.mp4 shows the episode for 6.00 s (from 2.00 to 8.00 s), the"
        " episode has 3.00 s (90 frames at 30 fps): only the first 3.00 s were sampled",
    )
    assert found(path, replace(POSITION, start=2.0, stop=5.4)).remarks == ()


def test_a_stretch_shorter_than_the_episode_is_remarkable(tmp_path: Path) -> None:
    path = remade(tmp_path / "a.mp4", 300)
    (remark,) = found(path, replace(POSITION, start=2.0, stop=4.8)).remarks
    assert remark.startswith("videos/a.mp4 ends 0.20 s before the episode (2.80 of 3.00 s)")
    with pytest.raises(Unreadable, match=r"ends 1\.500 s into the episode"):
        found(path, replace(POSITION, start=2.0, stop=3.5))


@pytest.mark.parametrize(("rate", "frames"), [(15, 45), (60, 180), (27, 81)])
def test_frames_that_are_not_the_rows_are_remarkable(
    tmp_path: Path, rate: float, frames: int
) -> None:
    """In a shared video, another rate shows only in how many frames there are."""
    path = remade(tmp_path / "a.mp4", 20 * int(rate), rate, size=(32, 24))
    assert found(path, replace(POSITION, start=5.0, stop=8.0)).remarks == (
        f"videos/a.mp4 has {frames} frames where the episode has 90 rows (3.00 s): they may not"
        " belong together",
    )


def test_dropped_and_doubled_frames_are_remarkable(tmp_path: Path) -> None:
    kept = [number / 30 for number in range(90) if number % 10 or number > 80]
    path = render.video(tmp_path / "a.mp4", len(kept), times=kept)
    (remark,) = found(path, ALONE).remarks
    assert f"has {len(kept)} frames where the episode has" in remark


def test_frames_lost_at_the_beginning_do_not_shift_the_others(tmp_path: Path) -> None:
    times = [number / 30 for number in range(300) if not 60 <= number < 69]
    path = render.video(tmp_path / "a.mp4", len(times), times=times)
    stretch = found(path, replace(POSITION, start=2.0, stop=5.0))
    assert stretch.times[0] == pytest.approx(0.3)
    assert stretch.times[-1] == pytest.approx(89 / 30)
    assert "begins 0.30 s after the episode" in stretch.remarks[0]
    with pytest.raises(Unreadable, match=r"begins 0\.300 s after the episode"):
        found(path, replace(POSITION, start=2.0, stop=5.0, missing_seconds=0.2))


def test_a_damaged_end_is_not_read_for_what_follows(video: Path, tmp_path: Path) -> None:
    for more in (b"\0" * 5000, b"\xff" * 5000, video.read_bytes()):
        (tmp_path / "a.mp4").write_bytes(video.read_bytes() + more)
        assert found(tmp_path / "a.mp4", ALONE).remarks == ()


@pytest.mark.parametrize(("rate", "frames"), [(15, 45), (29.97, 90), (60, 180), (12.5, 38)])
def test_a_video_of_another_rate_that_is_as_long_as_its_episode_belongs_to_it(
    tmp_path: Path, rate: float, frames: int
) -> None:
    stretch = found(remade(tmp_path / "a.mp4", frames, rate, size=(32, 24)), ALONE)
    assert stretch.remarks == ()
    assert frames - len(stretch.times) in (0, 1)
    expected = [number / rate for number in range(len(stretch.times))]
    assert stretch.times == pytest.approx(expected, abs=1e-3)
