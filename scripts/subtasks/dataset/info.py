"""What `meta/info.json` says of a dataset in every version of the format, checked."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from subtasks.dataset import originals
from subtasks.errors import Problem
from subtasks.wording import shorten

VERSIONS = ("v2.0", "v2.1", "v3.0", "v3.1")
MAX_BYTES = 16 << 20
MAX_EPISODES = 10_000_000
# In seconds of an episode, frames beyond these make no sense and may be infinite.
MIN_FPS, MAX_FPS = 0.001, 1000
# Characters of all names together; a command line takes twice as much.
MAX_NAMES = 1 << 16
MAX_SIDE = 8000  # pixels of a frame

_FEATURE_KEY = re.compile(r"(?!\.+$)[\w.\-]+")


@dataclass(frozen=True, slots=True)
class Info:
    """The checked part of the file; `content` is all of it, as JSON that can be written again."""

    version: str
    fps: float
    features: dict[str, dict[str, Any]]
    content: dict[str, Any]


def read(root: Path) -> Info:
    """Read the file of the dataset at `root` as it was before anything was published there.

    Raises `Problem` where it is no JSON, or says what cannot be true.
    """
    path = originals.original(root, "meta/info.json")
    if path.stat().st_size > MAX_BYTES:
        raise Problem(f"meta/info.json is larger than {MAX_BYTES >> 20} MB, no dataset needs that")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        # Half of a surrogate pair is JSON and cannot be written again, nor can deep nesting.
        json.dumps(content, ensure_ascii=False, indent=4).encode()
    except (ValueError, RecursionError) as error:
        raise Problem(f"meta/info.json is not JSON ({error})") from None
    if not isinstance(content, dict):
        raise Problem("meta/info.json holds no object")
    version = content.get("codebase_version")
    if version not in VERSIONS:
        raise Problem(
            f"meta/info.json says codebase_version {shorten(version)}, this workflow reads "
            f"{', '.join(VERSIONS)}: convert it with LeRobot's own converter"
        )
    fps = content.get("fps")
    if type(fps) not in (int, float) or not MIN_FPS <= fps <= MAX_FPS:
        raise Problem(
            f"meta/info.json says fps {shorten(fps)}, which is not between {MIN_FPS} and {MAX_FPS}"
        )
    check_count(content.get("total_episodes"))
    features = content.get("features")
    if not isinstance(features, dict) or not all(isinstance(f, dict) for f in features.values()):
        raise Problem("meta/info.json has no table of features")
    return Info(version, fps, features, content)


def check_count(episodes: Any) -> None:
    """Raise `Problem` for a number of episodes that no dataset has."""
    if isinstance(episodes, int | float) and not episodes <= MAX_EPISODES:
        raise Problem(
            f"its metadata says it has {shorten(episodes)} episodes, and no dataset has more than "
            f"{MAX_EPISODES:,}: restore meta/ from its origin"
        )


# Features -------------------------------------------------------------------------------------


def camera(features: Mapping[str, Mapping[str, Any]], wanted: str | None) -> str | None:
    """Choose the video feature to sample: `wanted`, else the first that is no depth map.

    Raises `Problem` where `wanted` is no video feature; None where there is none to choose.
    """
    videos = [key for key, feature in features.items() if feature.get("dtype") == "video"]
    for key in videos:
        if not _FEATURE_KEY.fullmatch(key):
            raise Problem(f"the feature {shorten(key)} has a name that cannot be part of a path")
    if wanted is not None:
        if wanted not in videos:
            raise Problem(
                f"camera {wanted} is no video feature of this dataset; "
                f"it has {', '.join(videos) or 'none'}"
            )
        return wanted
    return next((key for key in videos if not _is_depth(features[key])), None)


def names(feature: Mapping[str, Any]) -> list[str]:
    """Name a feature's dimensions: LeRobot writes lists, lists in lists and dicts of them.

    More than a robot has are taken as none.
    """
    found, waiting = [], [feature.get("names")]
    while waiting:
        match waiting.pop():
            case dict() as table:
                # {"motors": [...]} names them; {"x": 0, "y": 1} are the names.
                nested = [value for value in table.values() if isinstance(value, list | dict)]
                waiting.extend(reversed(nested or list(table)))
            case list() as several:
                waiting.extend(reversed(several))
            case str() as name:
                found.append(name)
    return found if len(json.dumps(found)) <= MAX_NAMES else []


def frame_size(feature: Mapping[str, Any]) -> tuple[int, int] | None:
    """Width and height of a camera's frames by its feature in info.json; None if it is mute."""
    about, names, shape = (feature.get(key) for key in ("info", "names", "shape"))
    told = dict(about) if isinstance(about, dict) else {}
    if isinstance(names, list) and isinstance(shape, list):
        told |= {f"video.{name}": side for name, side in zip(names, shape, strict=False)}
    width, height = told.get("video.width"), told.get("video.height")
    if all(isinstance(side, int) and 0 < side <= MAX_SIDE for side in (width, height)):
        return width, height
    return None


def _is_depth(feature: Mapping[str, Any]) -> bool:
    for place in (feature.get("info"), feature.get("video_info"), feature):
        if isinstance(place, dict) and place.get("video.is_depth_map"):
            return True
    return False
