"""Describe a dataset's robot from a few of its episodes; the program of rule describe_robot.

Which columns say how it moves, which of their numbers are arms and hands, and which way each hand
opens is decided here, once for all episodes.
"""

import argparse
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from subtasks import program
from subtasks.errors import Problem
from subtasks.motion import robot as robots
from subtasks.motion.description import Place, describe
from subtasks.motion.options import check_fps
from subtasks.motion.robot import Feature
from subtasks.wording import counted, shorten_json

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Features:
    """The columns that may say how the robot moves, and the robot's type by the metadata."""

    robot_type: str | None
    state: tuple[Feature, ...]
    action: tuple[Feature, ...]


@dataclass(frozen=True, slots=True)
class Options:
    """The command line: columns, episodes to look at, and the file to write."""

    features: Features
    episode: Sequence[Sequence[str]]
    whole_files: bool
    fps: float
    output: Path


def main() -> None:
    """Write what is found; a dataset without a usable column has a fault."""
    options = program.read_options(_parser(), Options)
    check_fps(options.fps)
    features = options.features
    robot = describe(
        features.robot_type, features.state, features.action, _places(options), options.fps
    )
    for remark in robot.remarks:
        log.warning("%s", remark)
    if robot.fault is not None:
        log.warning("%s", robot.fault)
    robots.write(options.output, robot)


def _places(options: Options) -> list[Place]:
    places = []
    for index, data in options.episode:
        if not index.isdecimal():
            raise Problem(f"--episode {index} {data}: INDEX must be a whole number from 0")
        places.append(Place(int(index), Path(data), options.whole_files))
    log.info("%s looked at", counted(len(places), "episode"))
    return places


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add(
        "--features",
        type=_features,
        required=True,
        help="columns, and the names of their numbers, as JSON: "
        '{"robot_type": "so100", "state": [{"key": "observation.state", "names": []}], '
        '"action": []}',
    )
    add(
        "--episode",
        action="append",
        nargs=2,
        default=[],
        metavar=("INDEX", "DATA"),
        help="an episode to look at and its data file (Parquet); may be repeated",
    )
    add("--whole-files", action="store_true", help="a data file is an episode, as in v2.x")
    add("--fps", type=float, required=True, help="frames per second of the episodes")
    add("--output", type=Path, required=True, help="JSON file to write")
    return parser


def _features(text: str) -> Features:
    try:
        return _checked(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise argparse.ArgumentTypeError(
            f"{shorten_json(text)} is not a JSON object with robot_type, state and action"
        ) from None


def _checked(value: Any) -> Features:
    robot_type = value["robot_type"]
    if robot_type is not None and not isinstance(robot_type, str):
        raise TypeError
    sides = []
    for part in ("state", "action"):
        found = []
        for each in value[part]:
            key, names = each["key"], each["names"]
            if not isinstance(key, str) or not all(isinstance(name, str) for name in names):
                raise TypeError
            found.append(Feature(key, tuple(names)))
        sides.append(tuple(found))
    return Features(robot_type, *sides)


if __name__ == "__main__":
    program.run(main)
