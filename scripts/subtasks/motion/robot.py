"""What is known of a dataset's robot: which columns say how it moves, and what their numbers are.

`describe_robot` decides it once for all episodes and writes robot.json; `find_motion` and
`segment_motion` read it there.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from subtasks import files
from subtasks.errors import Problem
from subtasks.motion.limbs import Hand, Limb, Opens
from subtasks.motion.movement import FEWEST_FRAMES, grips, movements


@dataclass(frozen=True, slots=True)
class Feature:
    """A column of the data files, with the names of the numbers in each of its rows."""

    key: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Columns that say how the robot moves.

    The columns `keys` have `widths` numbers a row. Of all of them side by side, those at `picks`
    are used, and it is these that the columns of `limbs` count.
    """

    keys: tuple[str, ...]
    widths: tuple[int, ...]
    picks: tuple[int, ...]
    limbs: tuple[Limb, ...]


@dataclass(frozen=True, slots=True)
class Robot:
    """A dataset's robot: the first of `sources` is used, the others where nothing moves in it.

    `fault` says in one sentence why its motion is unknown, None if it is known; `remarks` are
    sentences that a person should read.
    """

    sources: tuple[Source, ...] = ()
    fault: str | None = None
    remarks: tuple[str, ...] = ()


def moves(state: np.ndarray, limbs: Sequence[Limb], fps: float) -> bool:
    """Return whether any limb or hand moves in an episode's state (n, width)."""
    if len(state) < FEWEST_FRAMES:
        return False
    hands = [limb.hand for limb in limbs if limb.hand]
    return bool(movements(state, limbs, fps) or grips(state, hands, fps))


def write(path: Path, robot: Robot) -> None:
    """Write what is known of a dataset's robot."""
    files.write_json(path, _plain(asdict(robot)))


def read(path: Path) -> Robot:
    """Read what is known of a dataset's robot. Raises `Problem` for a damaged file."""
    stored = files.read_json(path)
    try:
        sources = tuple(_source(**source) for source in stored["sources"])
        robot = Robot(sources, stored["fault"], tuple(stored["remarks"]))
        if robot.fault is None and not sources:
            raise ValueError("neither a source nor a fault")
        return robot
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Problem(f"{path} is damaged: remove it and run again") from None


def _plain(value: Any) -> Any:
    """Replace directions by their names, which JSON has no type for."""
    match value:
        case dict():
            return {key: _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case Opens():
            return value.name.lower()
        case _:
            return value


def _source(
    keys: Sequence[str], widths: Sequence[int], picks: Sequence[int], limbs: Sequence[Any]
) -> Source:
    return Source(tuple(keys), tuple(widths), tuple(picks), tuple(_limb(**limb) for limb in limbs))


def _limb(name: str, columns: Sequence[int], hand: Any, speeds: bool) -> Limb:
    return Limb(name, tuple(columns), None if hand is None else _hand(**hand), speeds)


def _hand(
    name: str,
    columns: Sequence[int],
    opens: str,
    fingers: Sequence[int],
    weights: Sequence[float],
    span: float,
    finger_span: float,
) -> Hand:
    return Hand(
        name,
        tuple(columns),
        Opens[opens.upper()],
        tuple(fingers),
        tuple(weights),
        span,
        finger_span,
    )
