"""The manifest of an archive of sampled frames: its images, and where they come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Image:
    """One JPEG of an archive: its member name, its size in pixels, and what it shows.

    `times` are seconds since the episode's start: those of a contact sheet's tiles in reading
    order, or a single one for a frame.
    """

    name: str
    width: int
    height: int
    times: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive holds and where it comes from.

    `video` is a path inside the dataset; `codec`, `width` and `height` describe that video and
    are None if it could not be opened. `fps`, `frames` and `duration` (seconds) are those of the
    episode in the dataset's metadata. `sampling` has the settings, and the `rate` (samples per
    second) that was used. `error` says in one sentence why there are no images; None if there
    are. `remarks` are sentences about the video that a person should read although there are.
    `cameras` are the features that each image shows side by side, from left to right; the video is
    that of the first. It is empty in archives of versions that knew only one.
    If each image shows what is around a border between two subtasks, `borders` are the borders'
    times in seconds.
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
    remarks: tuple[str, ...] = ()
    cameras: tuple[str, ...] = ()
    borders: tuple[float, ...] = ()
