"""An episode's frames in a video file."""

import logging
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from av.video.frame import VideoFrame

from subtasks.frames.stretch import Stretch, VideoPosition, find_frames
from subtasks.frames.video import Video

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class VideoSource:
    """A video file, and where in it the episode is."""

    path: Path
    extent: VideoPosition

    @contextmanager
    def opened(self) -> Iterator["VideoFootage"]:
        """Open the file, as `Video` does, and find the episode in it, as `find_frames` does."""
        with Video(self.path) as video:
            log.info("%s: %s, %dx%d", self.extent.name, video.codec, video.width, video.height)
            yield VideoFootage(video, find_frames(video, self.extent))


class VideoFootage:
    """The frames of a stretch of an open video, as `footage.Footage` describes it."""

    def __init__(self, video: Video, stretch: Stretch) -> None:
        self._video = video
        self._index = stretch.index
        self.times: Sequence[float] = stretch.times
        self.remarks: Sequence[str] = stretch.remarks
        self.codec = video.codec
        self.width = video.width
        self.height = video.height

    @property
    def decoded(self) -> int:
        """How many frames have been decoded."""
        return self._video.decoded

    def decode(self, wanted: Iterable[int], *, thorough: bool = True) -> Iterator[VideoFrame]:
        """Decode frames, as `Video.frames` does."""
        times = (self._index.frames[number] for number in wanted)
        return self._video.frames(self._index, times, thorough=thorough)

    def after_loss(self, lost: int) -> int:
        """Return the number of the first frame that does not depend on the lost one."""
        keys = self._index.keys
        key = bisect_right(keys, self._index.frames[lost])
        if key == len(keys):
            return len(self._index.frames)
        return bisect_left(self._index.frames, keys[key])
