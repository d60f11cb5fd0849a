"""What a video says of itself: its size, and at which times it shows a frame."""

from dataclasses import dataclass
from pathlib import Path

import av

from subtasks.frames.video import Unreadable, Video

MAX_SECONDS = 24 * 3600
"""No episode is longer than a day; a video that claims to be is damaged."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A video of `frames` frames of `width` x `height` pixels.

    `last` is the time of the last frame in seconds since the first one, `seconds` that at which
    it ends.
    """

    width: int
    height: int
    frames: int
    last: float
    seconds: float

    @property
    def rate(self) -> float:
        """Frames per second, on average."""
        return self.frames / self.seconds

    def length(self, fps: float) -> int:
        """Return how many frames at `fps` the video is long.

        One that shows few frames a second ends long after its last frame. Then at most a frame and
        a half at `fps` of what follows that are counted, so that nothing seems to be missing.
        """
        return max(1, min(round(self.seconds * fps), int(self.last * fps + 2.5 - 1e-6)))


def look_at(path: Path) -> Clip:
    """Read the times of a video's frames, and decode the first one.

    Raises `Unreadable`, whose text is the rest of a sentence that begins with the video's name.
    """
    try:
        with Video(path) as video:
            index = video.index(0.0, MAX_SECONDS)
            if not index.frames:
                raise Unreadable("has no frames")
            for _ in video.frames(index, index.frames[:1]):
                pass
            last = video.time(index.frames[-1])
            gap = last / (len(index.frames) - 1) if last else 0.0
            seconds = last + gap or video.duration or 1.0
            return Clip(video.width, video.height, len(index.frames), last, seconds)
    except av.FFmpegError as error:
        raise Unreadable(f"cannot be decoded ({error.strerror or error})") from error
