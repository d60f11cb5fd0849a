"""The JSON file with what the review page shows below an episode's video.

`review_episode` writes it: how the robot moves, from the file of the episode's group, and how the
image with the filmstrip beside it is divided.
"""

import math
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from subtasks import files
from subtasks.errors import Problem
from subtasks.motion import curve_files
from subtasks.motion.curve_files import Curves, Measured, Unmeasured
from subtasks.wording import shorten_json

NOT_MEASURED = "how the robot moves has not been measured"


@dataclass(frozen=True, slots=True)
class Strip:
    """The image `file` beside this file, in tiles of `width` x `height` pixels.

    `columns` are in a row; `times` are those of the tiles in seconds, in reading order.
    """

    file: str
    width: int
    height: int
    columns: int
    times: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """What is shown of an episode.

    `fault` says in one sentence why `motion` is not known, None if it is. There is no `filmstrip`
    where there are no pictures.
    """

    motion: Curves | None
    fault: str | None
    filmstrip: Strip | None


def write(path: Path, review: Review) -> None:
    """Write the file, completely or not at all."""
    # Not indented, because it is mostly numbers.
    files.write_text(path, curve_files.dump_json(asdict(review)) + "\n")


def read(path: Path) -> Review:
    """Read the file. Raises `Problem` if it is damaged."""
    stored = files.read_json(path)
    try:
        motion, strip = stored["motion"], stored["filmstrip"]
        return Review(
            None if motion is None else _curves(curve_files.parse(motion)),
            None if stored["fault"] is None else _text(stored["fault"]),
            None if strip is None else _strip(strip),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Problem(f"{path} is damaged: remove it and run again") from None


def measured(path: Path | None, episode: int) -> tuple[Curves | None, str | None]:
    """Read an episode's motion in the file of its group, or why it is not known.

    Without a file, it has not been measured. Raises `Problem` if the file is damaged.
    """
    if path is None:
        return None, NOT_MEASURED
    stored = files.read_json(path)
    try:
        found = stored.get(str(episode))
        if found is None:
            return None, NOT_MEASURED
        motion = curve_files.parse(found)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Problem(f"{path} is damaged: remove it and run again") from None
    return (None, motion.fault) if isinstance(motion, Unmeasured) else (motion, None)


def _curves(motion: Measured) -> Curves:
    if isinstance(motion, Unmeasured):
        raise TypeError(motion.fault)
    return motion


def _strip(stored: Any) -> Strip:
    name = _text(stored["file"])
    # It is looked for in the folder of this file, and nowhere else.
    if name != PurePosixPath(name).name or name in ("", ".", ".."):
        raise ValueError(name)
    width, height, columns = (_count(stored[side]) for side in ("width", "height", "columns"))
    return Strip(name, width, height, columns, tuple(map(_number, stored["times"])))


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError(shorten_json(value))
    return float(value)


def _count(value: Any) -> int:
    if type(value) is not int or value < 1:
        raise ValueError(shorten_json(value))
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(shorten_json(value))
    return value
