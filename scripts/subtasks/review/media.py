"""What the cameras show: which videos there are, where an episode is in them, and their files."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from subtasks.dataset import cameras
from subtasks.dataset.dataset import Dataset
from subtasks.dataset.episode import Clip
from subtasks.dataset.link_guard import LinkGuard

TYPES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".avi": "video/x-msvideo",
}
OTHER_TYPE = "application/octet-stream"
MAX_CODEC = 40
"""Characters of a codec's name."""


@dataclass(frozen=True, slots=True)
class Video:
    """A video file that is there."""

    path: Path
    media_type: str
    status: os.stat_result


def names(dataset: Dataset) -> list[str]:
    """List the cameras that are shown: those that are sampled, then all others in colour."""
    return list(dict.fromkeys([*dataset.cameras, *cameras.in_colour(dataset.features)]))


def codec(dataset: Dataset, camera: str) -> str | None:
    """Return the name of a camera's codec as the metadata says it; None if it does not."""
    feature: Mapping[str, Any] = dataset.features.get(camera, {})
    for key in ("info", "video_info"):
        known = feature.get(key)
        found = known.get("video.codec") if isinstance(known, dict) else None
        if isinstance(found, str) and 0 < len(found) <= MAX_CODEC and found.isprintable():
            return found
    return None


def video(dataset: Dataset, clip: Clip) -> Video | None:
    """Find the file of a clip; None for images, and for a video that is not on this machine.

    Raises `Problem` for a link that leads out of the dataset.
    """
    if not clip.is_video or dataset.remote is not None:
        return None
    path = PurePosixPath(clip.file)
    guard = LinkGuard(dataset.root, follow=dataset.follow_links)
    if path.name not in guard.files(str(path.parent)):
        return None
    file = dataset.root / path
    try:
        status = file.stat()
    except OSError:
        return None
    return Video(file, TYPES.get(path.suffix.lower(), OTHER_TYPE), status)
