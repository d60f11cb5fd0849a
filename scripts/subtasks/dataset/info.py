"""The checked content of `meta/info.json`, for every version of the format."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from subtasks.dataset import episode, json_files, originals
from subtasks.dataset.cameras import VIDEO
from subtasks.errors import Problem
from subtasks.wording import one_line, shorten

VERSIONS = ("v2.0", "v2.1", "v3.0", "v3.1")
MAX_BYTES = 16 << 20
# Outside these bounds an episode's duration in seconds is meaningless, or even infinite.
MIN_FPS, MAX_FPS = 0.001, 1000
MAX_NAMES_LENGTH = 1 << 16
"""Characters of all dimensions' names as JSON; a command line has room for twice as many."""

_RESTORE = "restore meta/ from the original dataset"
_NUMBER = re.compile(r"[0-9]{1,4}(\.[0-9]{1,12})?")


@dataclass(frozen=True, slots=True)
class Info:
    """The checked values of the file; `content` is all of it, as JSON that can be written again."""

    version: str
    fps: float
    features: dict[str, dict[str, Any]]
    content: dict[str, Any]

    def videos(self, cameras: Iterable[str]) -> list[str]:
        """Return those of the cameras that are videos."""
        return [name for name in cameras if self.features[name].get("dtype") == VIDEO]


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
