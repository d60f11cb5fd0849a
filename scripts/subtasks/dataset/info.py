"""The checked content of `meta/info.json`, for every version of the format."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from subtasks.dataset import episode, json_files, originals
from subtasks.errors import Problem
from subtasks.wording import one_line, shorten

VERSIONS = ("v2.0", "v2.1", "v3.0", "v3.1")
MAX_BYTES = 16 << 20
# Outside these bounds an episode's duration in seconds is meaningless, or even infinite.
MIN_FPS, MAX_FPS = 0.001, 1000
MAX_NAMES_LENGTH = 1 << 16
"""Characters of all dimensions' names as JSON; a command line has room for twice as many."""

VIDEO, IMAGE = "video", "image"
"""The dtypes of cameras: a video file, or images in the data files."""

MAX_SIDE = 8000
"""Pixels of a frame's width or height."""

_RESTORE = "restore meta/ from the original dataset"
_NUMBER = re.compile(r"[0-9]{1,4}(\.[0-9]{1,12})?")
_FEATURE_KEY = re.compile(r"(?!\.+$)[\w.\-]+")


@dataclass(frozen=True, slots=True)
class Info:
    """The checked values of the file; `content` is all of it, as JSON that can be written again."""

    version: str
    fps: float
    features: dict[str, dict[str, Any]]
    content: dict[str, Any]


def read(root: Path) -> Info:
    """Read the file of the dataset at `root` as it was before anything was published there.

    Raises `Problem` if it is not JSON or has an impossible value.
    """
    path = originals.original(root, "meta/info.json")
    if path.stat().st_size > MAX_BYTES:
        raise Problem(f"meta/info.json is too large (limit: {MAX_BYTES >> 20} MB): {_RESTORE}")
    try:
        content = json.loads(json_files.read_text(path))
        # Half of a surrogate pair and deep nesting are valid JSON, but cannot be written again.
        json.dumps(content, ensure_ascii=False, indent=4).encode()
    except (ValueError, RecursionError) as error:
        raise Problem(f"meta/info.json is not valid JSON ({one_line(str(error))})") from None
    if not isinstance(content, dict):
        raise Problem("meta/info.json must be a JSON object")
    given = content.get("codebase_version")
    version = f"v{given}" if f"v{given}" in VERSIONS else given
    if version not in VERSIONS:
        raise Problem(
            f"codebase_version in meta/info.json is {shorten(given)}, but this workflow reads "
            f"{', '.join(VERSIONS)}: convert the dataset with LeRobot's converter"
        )
    fps = _rate(content.get("fps"))
    episode.check_count(content.get("total_episodes"))
    features = content.get("features")
    if not isinstance(features, dict) or not all(isinstance(f, dict) for f in features.values()):
        raise Problem("features in meta/info.json must be an object of objects")
    return Info(version, fps, features, content)


def _rate(value: Any) -> float:
    """Check the frames per second, which may be a text such as "30"."""
    # A Boolean is an integer to isinstance().
    fps = value if isinstance(value, int | float) and type(value) is not bool else None
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        fps = float(value)
    if fps is None or not MIN_FPS <= fps <= MAX_FPS:
        raise Problem(
            f"fps in meta/info.json must be between {MIN_FPS} and {MAX_FPS}, not {shorten(value)}"
        )
    return int(fps) if fps == int(fps) and isinstance(value, str) else fps


# Features -------------------------------------------------------------------------------------


def camera(features: Mapping[str, Mapping[str, Any]], wanted: str | None) -> str | None:
    """Choose the camera to sample: `wanted`, else the first that is not a depth map.

    Videos come before images that are stored in the data files. Returns None if there is none to
    choose. Raises `Problem` if `wanted` is no camera, or if its name cannot be part of a path.
    """
    kinds = (VIDEO, IMAGE)
    cameras = [
        key for kind in kinds for key, feature in features.items() if feature.get("dtype") == kind
    ]
    if wanted is not None and wanted not in cameras:
        raise Problem(
            f"camera {wanted} is not a video or image feature of this dataset; "
            f"it has {', '.join(cameras) or 'none'}"
        )
    colour = (key for key in cameras if not _is_depth(features[key]))
    chosen = next(colour, None) if wanted is None else wanted
    if chosen is not None and not _FEATURE_KEY.fullmatch(chosen):
        raise Problem(f"feature {shorten(chosen)} has a name that cannot be part of a path")
    return chosen


def names(feature: Mapping[str, Any]) -> list[str]:
    """Collect the names of a feature's dimensions: LeRobot nests them in lists and dicts.

    Returns none if they are longer than `MAX_NAMES_LENGTH`, which no robot's are.
    """
    found: list[str] = []
    unread: list[Any] = [feature.get("names")]
    while unread:
        match unread.pop():
            case dict() as table:
                # In {"motors": [...]} the values have the names, in {"x": 0, "y": 1} the keys.
                nested = [value for value in table.values() if isinstance(value, list | dict)]
                unread.extend(reversed(nested or list(table)))
            case list() as several:
                unread.extend(reversed(several))
            case str() as name:
                found.append(name)
    return found if len(json.dumps(found)) <= MAX_NAMES_LENGTH else []


def frame_size(feature: Mapping[str, Any]) -> tuple[int, int] | None:
    """Read the width and height of a camera's frames from its feature, None if not given."""
    video, names, shape = (feature.get(key) for key in ("info", "names", "shape"))
    known = dict(video) if isinstance(video, dict) else {}
    if isinstance(names, list) and isinstance(shape, list):
        known |= {f"video.{name}": side for name, side in zip(names, shape, strict=False)}
    width, height = _side(known.get("video.width")), _side(known.get("video.height"))
    return (width, height) if width and height else None


def _side(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 < value <= MAX_SIDE else None


def _is_depth(feature: Mapping[str, Any]) -> bool:
    for attributes in (feature.get("info"), feature.get("video_info"), feature):
        if isinstance(attributes, dict) and attributes.get("video.is_depth_map"):
            return True
    shape = feature.get("shape")
    # Stored images say nothing else of it: a depth map has one channel, first or last.
    has_one_channel = isinstance(shape, list) and len(shape) == 3 and 1 in (shape[0], shape[2])
    return feature.get("dtype") == IMAGE and has_one_channel
