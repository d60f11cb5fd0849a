"""What the programs that read a robot's motion share: options, and what happens on errors."""

import argparse
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from subtasks import program
from subtasks.errors import Problem
from subtasks.motion import robot as robots
from subtasks.motion.episode_state import read_episode
from subtasks.motion.limbs import Limb

T = TypeVar("T")

Make = Callable[[np.ndarray, Sequence[Limb], float], list[T]]

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class MotionOptions:
    """The command line: an episode's state, what is known of the robot, and the file to write."""

    robot: Path
    data: Path
    episode: int
    whole_file: bool
    fps: float
    output: Path
    on_error: Literal["stop", "skip"] = "skip"


def read_options(description: str | None, *, may_stop: bool) -> MotionOptions:
    """Read the command line of a program with this description; `may_stop` adds --on-error."""
    options = program.read_options(_parser(description, may_stop=may_stop), MotionOptions)
    check_fps(options.fps)
    return options


def check_fps(fps: float) -> None:
    """Raise `Problem` unless `fps` is a rate."""
    if not (math.isfinite(fps) and fps > 0):
        raise Problem(f"--fps {fps}: must be a finite number above 0")


def from_state(options: MotionOptions, make: Make[T], consequence: str) -> list[T]:
    """Apply `make` to the episode's state (n, width), the limbs it is of, and its fps.

    If the state cannot be used, `on_error` decides: "stop" raises the `Problem`, "skip" logs it
    after the `consequence` and returns an empty list.
    """
    try:
        state, limbs = read_episode(
            robots.read(options.robot),
            options.data,
            options.episode,
            options.fps,
            whole_file=options.whole_file,
        )
        return make(state, limbs, options.fps)
    except Problem as problem:
        if options.on_error == "stop":
            raise
        log.warning("%s: %s", consequence, problem)
        return []


def _parser(description: str | None, *, may_stop: bool) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description)
    add = parser.add_argument
    add("--robot", type=Path, required=True, help="what describe_robot found (JSON)")
    add("--data", type=Path, required=True, help="data file (Parquet) with the episode")
    add("--episode", type=int, required=True, metavar="INDEX", help="the episode's index")
    add("--whole-file", action="store_true", help="all rows are the episode's, as in v2.x")
    add("--fps", type=float, required=True, help="frames per second of the episode")
    if may_stop:
        add("--on-error", choices=("stop", "skip"), default="stop", help="if it is unusable")
    add("--output", type=Path, required=True, help="JSON file to write")
    return parser
