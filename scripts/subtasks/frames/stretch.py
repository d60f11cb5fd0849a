"""An episode's stretch of a video: which frames are the episode's, and what does not fit."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from subtasks.frames.video import Index, Unreadable, Video
from subtasks.wording import counted

MISSING_SECONDS = 0.5
"""Seconds at the end of an episode that its video may lack, unless another number is given."""

ROUGHLY = 0.03
"""Share by which the length of a video and its number of frames may differ without a remark."""

FRAMES_OFF = 1.5
"""Frames by which they may always differ: datasets often count one more than their video has."""

EVEN = 1.5
"""How much longer than the mean the time between two frames may be where none is missing."""

EPSILON = 1e-6
"""Seconds by which rounding may move a time."""


@dataclass(frozen=True, slots=True)
class VideoPosition:
    """Where an episode is: `start` to `stop`, in seconds, of the video `name` of its dataset.

    `name` is a path inside the dataset, for messages and the manifest. By the dataset's metadata
    the episode has `frames` frames, `episode_fps` of them per second. A video that `is_alone`
    shows no other episode. `missing_seconds` at the end of the episode may be missing.
    """

    name: str
    start: float
    stop: float
    frames: int
    episode_fps: float
    is_alone: bool = False
    missing_seconds: float = MISSING_SECONDS

    @property
    def step(self) -> float:
        """Seconds from one frame to the next."""
        return 1 / self.episode_fps

    @property
    def length(self) -> str:
        """The episode's length, for a sentence."""
        frames = counted(self.frames, "frame")
        return f"{self.frames * self.step:.2f} s ({frames} at {self.episode_fps:g} fps)"


@dataclass(frozen=True, slots=True)
class Stretch:
    """The frames of an episode in a video, and their times in seconds since its start.

    `remarks` are sentences about what does not fit the metadata.
    """

    index: Index
    times: Sequence[float]
    remarks: tuple[str, ...] = ()


def find_frames(video: Video, position: VideoPosition) -> Stretch:
    """Find an episode's frames in its video.

    The metadata's times are widened by half a frame, so that rounding neither loses a frame nor
    lets in one of a neighbouring episode. Raises `Unreadable` where the video lacks more of the
    episode than may be missing.
    """
    step = position.step
    stop = min(position.stop, position.start + position.frames * step)
    index = video.index(position.start - step / 2, stop - step / 2, to_end=position.is_alone)
    if not index.frames:
        raise Unreadable(
            f"is {video.duration:.3f} s long, but by the metadata the episode is"
            f" at {position.start:.3f} to {stop:.3f} s in it"
        )
    # Where the first frames are lost, the others keep their times.
    late = video.time(index.frames[0]) - position.start
    late = late if late > FRAMES_OFF * step else 0.0
    times = array("d", (video.seconds(frame - index.frames[0]) + late for frame in index.frames))
    missing = missing_at_end(position, times[-1] + step, len(times))
    if late > max(position.missing_seconds, FRAMES_OFF * step) + EPSILON:
        raise Unreadable(
            f"begins {late:.3f} s after the episode, which by the metadata is at"
            f" {position.start:.3f} to {stop:.3f} s in it"
        )
    remarks = (*missing, *_remarks(video, position, index, times))
    return Stretch(index, times, remarks)


def missing_at_end(position: VideoPosition, end: float, count: int) -> tuple[str, ...]:
    """Say what is missing where the `count` frames found end at `end`, in seconds.

    Raises `Unreadable` if it is more than may be missing.
    """
    duration = position.frames * position.step
    always = FRAMES_OFF * position.step
    if duration - end > max(position.missing_seconds, always) + EPSILON:
        raise Unreadable(
            f"ends {end:.3f} s into the episode ({counted(count, 'frame')}), but by the"
            f" metadata it is {duration:.3f} s long ({counted(position.frames, 'frame')})"
        )
    if duration - end <= always + EPSILON:
        return ()
    return (
        f"{position.name} ends {duration - end:.2f} s before the episode"
        f" ({end:.2f} of {duration:.2f} s): the rest was not sampled",
    )


def _remarks(
    video: Video, position: VideoPosition, index: Index, times: Sequence[float]
) -> Iterator[str]:
    """Say with both numbers what does not fit the metadata."""
    name, step = position.name, position.step
    duration, end = position.frames * step, times[-1] + step
    if times[0]:
        yield (
            f"{name} begins {times[0]:.2f} s after the episode, which is at"
            f" {position.start:.2f} s in it: its beginning was not sampled"
        )
    few = max(FRAMES_OFF * step, position.missing_seconds, ROUGHLY * duration) + EPSILON
    given = position.stop - position.start
    if index.beyond:
        shown = len(index.frames) + len(index.beyond)
        last = video.time(index.beyond[-1])
        total = last + last / (shown - 1)
        if total - duration > few:
            rate = round(shown / total, 1)
            yield (
                f"{name} shows {total:.2f} s ({shown} frames at {rate:g} fps), the episode"
                f" has {position.length}: only the first {duration:.2f} s were sampled"
            )
            return
    if given - duration > few:
        yield (
            f"by the metadata {name} shows the episode for {given:.2f} s (from"
            f" {position.start:.2f} to {position.stop:.2f} s), the episode has"
            f" {position.length}: only the first {duration:.2f} s were sampled"
        )
        return
    rows = position.frames
    if duration - end > FRAMES_OFF * step or times[0]:
        rows = round((end - times[0]) / step)
    if position.is_alone and abs(duration - end) <= FRAMES_OFF * step and _is_even(times):
        # A video that shows this episode and nothing else from its beginning to its end, if at
        # another rate, belongs to it.
        return
    if abs(len(times) - rows) > max(FRAMES_OFF, ROUGHLY * rows):
        yield (
            f"{name} has {counted(len(times), 'frame')} where the episode has"
            f" {counted(rows, 'row')} ({rows * step:.2f} s): they may not belong together"
        )


def _is_even(times: Sequence[float]) -> bool:
    """Whether frames follow one another at one rate, so that none of them is missing."""
    if len(times) < 2:
        return False
    gap = (times[-1] - times[0]) / (len(times) - 1)
    return all(after - before <= EVEN * gap for before, after in pairwise(times))
