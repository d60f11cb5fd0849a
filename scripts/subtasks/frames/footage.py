"""An episode's frames, whatever stores them: a video file, or images in a data file."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from av.video.frame import VideoFrame

MAX_CAMERAS = 16
"""Cameras that can be shown side by side; robots have up to eight."""


class Extent(Protocol):
    """How long an episode is by the metadata: `frames` frames, `episode_fps` of them per second.

    `name` is what has the frames, for sentences and the manifest. `missing_seconds` of the episode
    may be missing.
    """

    @property
    def name(self) -> str:
        """A path inside the dataset, or the name of a feature."""

    @property
    def frames(self) -> int:
        """The number of frames."""

    @property
    def episode_fps(self) -> float:
        """Frames per second."""

    @property
    def missing_seconds(self) -> float:
        """Seconds."""


class Footage(Protocol):
    """The frames of one episode, ready to be decoded."""

    @property
    def codec(self) -> str:
        """How they are encoded: FFmpeg's name, or "png", "jpeg", …."""

    @property
    def width(self) -> int:
        """Pixels."""

    @property
    def height(self) -> int:
        """Pixels."""

    @property
    def times(self) -> Sequence[float]:
        """The time of each frame in seconds since the episode's start, ascending."""

    @property
    def remarks(self) -> Sequence[str]:
        """Sentences about what does not fit the metadata."""

    @property
    def decoded(self) -> int:
        """How many frames have been decoded."""

    def decode(self, wanted: Iterable[int], *, thorough: bool = True) -> Iterator[VideoFrame]:
        """Decode the frames of these numbers, ascending.

        Raises `LostFrame` at one that cannot be decoded. Unless `thorough`, less is tried first.
        """

    def after_loss(self, lost: int) -> int:
        """Return the number of the first frame that does not depend on the lost one."""


class Source(Protocol):
    """Where an episode's frames are."""

    @property
    def path(self) -> Path:
        """The file that has the frames."""

    @property
    def extent(self) -> Extent:
        """How long the episode is."""

    def opened(self) -> AbstractContextManager[Footage]:
        """Find the frames. Raises `Unreadable` if they cannot be used, `OSError` for no file."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera, `name` being its feature in the dataset, and where its frames of an episode are."""

    name: str
    source: Source
