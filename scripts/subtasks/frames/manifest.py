"""What an archive of sampled frames says about itself: its images and where they come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Image:
    """One JPEG of an archive: its member name, its size in pixels, what it shows.

    `times` are seconds in the episode's own time, one a tile of a contact sheet in
    reading order, or a single one for a frame.
    """

    name: str
    width: int
    height: int
    times: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive holds and where it comes from.

    `video` is a path inside the dataset; `codec`, `width` and `height` describe that
    video and are None where it could not be opened. `fps`, `frames` and `duration`
    (seconds) are the episode's by the dataset's metadata. `sampling` has the settings
    asked for and the `rate` (samples a second) used. `error` says in one sentence why
    there are no images, and is None where there are.
    """

    video: str
    codec: str | None
    width: int | None
    height: int | None
    fps: float
    frames: int
    duration: float
    sampling: Mapping[str, Any]
    images: tuple[Image, ...]
    error: str | None = None
