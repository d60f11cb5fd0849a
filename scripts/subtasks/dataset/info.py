"""The checked content of `meta/info.json`, for every version of the format."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from subtasks.dataset import originals
from subtasks.errors import Problem
from subtasks.wording import one_line, shorten

VERSIONS = ("v2.0", "v2.1", "v3.0", "v3.1")
MAX_BYTES = 16 << 20
MAX_EPISODES = 10_000_000
# Outside these bounds an episode's duration in seconds is meaningless, or even infinite.
MIN_FPS, MAX_FPS = 0.001, 1000
MAX_NAMES_LENGTH = 1 << 16
"""Characters of all dimensions' names as JSON; a command line has room for twice as many."""

MAX_SIDE = 8000
"""Pixels of a frame's width or height."""

_RESTORE = "restore meta/ from the original dataset"
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
        content = json.loads(path.read_text(encoding="utf-8"))
        # Half of a surrogate pair and deep nesting are valid JSON, but cannot be written again.
        json.dumps(content, ensure_ascii=False, indent=4).encode()
    except (ValueError, RecursionError) as error:
        raise Problem(f"meta/info.json is not valid JSON ({one_line(str(error))})") from None
    if not isinstance(content, dict):
        raise Problem("meta/info.json must be a JSON object")
    version = content.get("codebase_version")
    if version not in VERSIONS:
        raise Problem(
            f"codebase_version in meta/info.json is {shorten(version)}, but this workflow reads "
            f"{', '.join(VERSIONS)}: convert the dataset with LeRobot's converter"
        )
    fps = content.get("fps")
    # A Boolean is an integer to isinstance().
    if not isinstance(fps, int | float) or type(fps) is bool or not MIN_FPS <= fps <= MAX_FPS:
        raise Problem(
            f"fps in meta/info.json must be between {MIN_FPS} and {MAX_FPS}, not {shorten(fps)}"
        )
    check_count(content.get("total_episodes"))
    features = content.get("features")
    if not isinstance(features, dict) or not all(isinstance(f, dict) for f in features.values()):
        raise Problem("features in meta/info.json must be an object of objects")
    return Info(version, fps, features, content)


def check_count(episodes: Any) -> None:
    """Raise `Problem` for an impossible number of episodes."""
    if isinstance(episodes, int | float) and not episodes <= MAX_EPISODES:
        raise Problem(
            f"its metadata claims {shorten(episodes)} episodes (limit: {MAX_EPISODES:,}): "
            f"{_RESTORE}"
        )


# Features -------------------------------------------------------------------------------------


def camera(features: Mapping[str, Mapping[str, Any]], wanted: str | None) -> str | None:
    """Choose the video feature to sample: `wanted`, else the first that is not a depth map.

    Returns None if there is none to choose. Raises `Problem` if `wanted` is not a video feature.
    """
    videos = [key for key, feature in features.items() if feature.get("dtype") == "video"]
    for key in videos:
        if not _FEATURE_KEY.fullmatch(key):
            raise Problem(f"feature {shorten(key)} has a name that cannot be part of a path")
    if wanted is not None:
        if wanted not in videos:
            raise Problem(
                f"camera {wanted} is not a video feature of this dataset; "
                f"it has {', '.join(videos) or 'none'}"
            )
        return wanted
    return next((key for key in videos if not _is_depth(features[key])), None)


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
    return False
