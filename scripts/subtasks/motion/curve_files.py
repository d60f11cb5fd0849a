"""The JSON file that says how the robot moves in a group's episodes, in about 10 steps a second.

It is written once from the data files, so that whoever draws or checks motion reads no Parquet, and
it is read without NumPy.
"""

import json
import math
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from subtasks import files
from subtasks.errors import Problem

DECIMALS = 3
"""Decimals of a speed, an opening or a time."""

MAX_NUMBER = 1e9
"""Larger numbers are damage."""


@dataclass(frozen=True, slots=True)
class Action:
    """A hand closes (or opens) from `start` to `stop`, in seconds since the episode's start."""

    hand: str
    start: float
    stop: float
    closes: bool


@dataclass(frozen=True, slots=True)
class Change:
    """At `time` (seconds) the motion changes; `what` says how."""

    time: float
    what: str


@dataclass(frozen=True, slots=True)
class Curves:
    """How the robot moves in an episode, in steps of `seconds`.

    `speed` has a curve for each limb that moves, as a share of its typical speed, and `opening` one
    for each hand that opens or closes, from 0 to 1.
    """

    seconds: float
    speed: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    opening: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    actions: tuple[Action, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """An episode whose motion is unknown; `fault` says in one sentence why."""

    fault: str


Measured = Curves | Unmeasured


def write(path: Path, measured: Mapping[int, Measured]) -> None:
    """Write the motion of a group's episodes."""
    files.write_text(path, _lines(measured))


def _lines(measured: Mapping[int, Measured]) -> str:
    """Return JSON with a line for each episode: indented, each number would have its own."""
    lines = [
        f"{dump_json(str(episode))}: {dump_json(asdict(each))}"
        for episode, each in sorted(measured.items())
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def dump_json(value: Any) -> str:
    """Return a value as JSON on one line."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def read(path: Path) -> dict[int, Measured]:
    """Read the motion of a group's episodes. Raises `Problem` for a damaged file."""
    stored = files.read_json(path)
    try:
        return {int(episode): parse(each) for episode, each in stored.items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Problem(f"{path} is damaged: remove it and run again") from None


def parse(value: Any) -> Measured:
    """Make one episode's motion of its JSON form. Raises one of several errors for another form."""
    if "fault" in value:
        return Unmeasured(_text(value["fault"]))
    seconds = _number(value["seconds"])
    if not seconds > 0:
        raise ValueError("a step takes time")
    speed, opening = (
        {_text(name): _curve(numbers) for name, numbers in value[key].items()}
        for key in ("speed", "opening")
    )
    if len({len(curve) for curve in [*speed.values(), *opening.values()]}) > 1:
        raise ValueError("curves are equally long")
    actions = tuple(
        Action(_text(each["hand"]), _number(each["start"]), _number(each["stop"]), each["closes"])
        for each in value["actions"]
    )
    if not all(type(action.closes) is bool for action in actions):
        raise ValueError("a hand closes or opens")
    changes = tuple(Change(_number(each["time"]), _text(each["what"])) for each in value["changes"])
    return Curves(seconds, speed, opening, actions, changes)


def _curve(numbers: Iterable[Any]) -> tuple[float, ...]:
    curve = tuple(numbers)
    # A list of thousands of numbers is checked at once; a NaN makes the sum one.
    if not set(map(type, curve)) <= {int, float} or not math.isfinite(math.fsum(curve)):
        raise ValueError("a curve has finite numbers")
    return curve


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not 0 <= value <= MAX_NUMBER:
        raise ValueError("not a number of seconds")
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return sys.intern(value)
