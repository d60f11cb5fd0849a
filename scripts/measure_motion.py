"""Measure how the robot moves in a group's episodes; the program of rule measure_motion.

Speed, opening of hands and changes of motion are written in about 10 steps a second, for the page
and for the checks. An episode whose motion is unknown gets the reason and stops no other.
"""

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

from subtasks import files, program
from subtasks.errors import Problem
from subtasks.motion import curve_files
from subtasks.motion import robot as robots
from subtasks.motion.curve_files import Measured, Unmeasured
from subtasks.motion.curves import curves
from subtasks.motion.episode_state import read_episode
from subtasks.motion.options import check_fps
from subtasks.motion.robot import Robot
from subtasks.wording import counted

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    robot: Path
    listed: Path
    data: Path
    whole_files: bool
    fps: float
    output: Path


def main() -> None:
    """Write the motion of the episodes, or why it is unknown."""
    options = program.read_options(_parser(), Options)
    check_fps(options.fps)
    robot = robots.read(options.robot)
    measured: dict[int, Measured] = {}
    for number, entry in files.read_json(options.listed).items():
        episode = int(number)
        measured[episode] = _measured(options, robot, episode, entry["data"])
    curve_files.write(options.output, measured)
    unknown = sum(isinstance(each, Unmeasured) for each in measured.values())
    log.info("%s measured", counted(len(measured) - unknown, "episode"))


def _measured(options: Options, robot: Robot, episode: int, file: str) -> Measured:
    path = options.data / file
    try:
        state, limbs = read_episode(
            robot, path, episode, options.fps, whole_file=options.whole_files
        )
        return curves(state, limbs, options.fps)
    except Problem as problem:
        reason = str(problem).replace(str(path), file)
    except OSError as error:
        reason = f"{file}: {error.strerror or error}; restore it or exclude the episode"
    log.warning("episode %06d: its motion is unknown: %s", episode, reason)
    return Unmeasured(reason)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--robot", type=Path, required=True, help="what describe_robot found (JSON)")
    add("--listed", type=Path, required=True, help="what the metadata says, as JSON")
    add("--data", type=Path, required=True, help="folder of the dataset's data files")
    add("--whole-files", action="store_true", help="a data file is an episode, as in v2.x")
    add("--fps", type=float, required=True, help="frames per second of the episodes")
    add("--output", type=Path, required=True, help="JSON file to write")
    return parser


if __name__ == "__main__":
    program.run(main)
