"""The state of an episode in which its robot moves: from the robot's first source that shows it."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from subtasks.errors import Problem
from subtasks.motion import robot as robots
from subtasks.motion.limbs import Limb
from subtasks.motion.robot import Robot, Source
from subtasks.motion.state import read_columns

log = logging.getLogger("subtasks")


def read_episode(
    robot: Robot, data: Path, episode: int, fps: float, *, whole_file: bool
) -> tuple[np.ndarray, Sequence[Limb]]:
    """Read an episode's state (n, width) from its data file, and say which limbs it is of.

    With `whole_file`, all rows are the episode's. Raises `Problem` if the robot has a fault, or if
    the state cannot be used.
    """
    if robot.fault is not None:
        raise Problem(robot.fault)
    first, *others = robot.sources

    def read(source: Source) -> np.ndarray:
        return _read_source(source, data, episode, whole_file=whole_file)

    state = read(first)
    log.info("%d frames of %s", len(state), " and ".join(first.keys))
    if others and not robots.moves(state, first.limbs, fps):
        for other in others:
            try:
                instead = read(other)
            except Problem as problem:
                log.info("%s", problem)
                continue
            if robots.moves(instead, other.limbs, fps):
                log.warning(
                    "nothing moves in %s in this episode: its motion is read from %s",
                    " and ".join(first.keys),
                    " and ".join(other.keys),
                )
                return instead, other.limbs
    return state, first.limbs


def _read_source(source: Source, data: Path, episode: int, *, whole_file: bool) -> np.ndarray:
    columns = read_columns(data, source.keys, episode, whole_file=whole_file)
    for key, column, width in zip(source.keys, columns, source.widths, strict=True):
        if column.shape[1] != width:
            raise Problem(
                f"{data} has {column.shape[1]} numbers in a row of {key}, other episodes have "
                f"{width}; repair the file or exclude the episode"
            )
    picked: np.ndarray = np.concatenate(columns, axis=1)[:, list(source.picks)]
    return picked
