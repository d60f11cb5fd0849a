"""What the programs that read a robot's motion share: options, and what happens on errors."""

import argparse
import json
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from subtasks import program
from subtasks.errors import Problem
from subtasks.motion.state import read_state
from subtasks.wording import shorten_json

T = TypeVar("T")

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class MotionOptions:
    """The command line: an episode's state, and the file to write.

    The episode has the rows from `rows[0]` up to but not including `rows[1]` of `column`. `names`
    are those of the numbers in a row.
    """

    data: Path
    rows: Sequence[int]
    column: str
    names: Sequence[str]
    fps: float
    on_error: Literal["stop", "skip"]
    output: Path


def read_options(description: str | None) -> MotionOptions:
    """Read the command line of a program with this description."""
    options = program.read_options(_parser(description), MotionOptions)
    first, end = options.rows
    if not 0 <= first < end:
        raise Problem(f"--rows {first} {end}: FIRST must be from 0 and smaller than END")
    if not (math.isfinite(options.fps) and options.fps > 0):
        raise Problem(f"--fps {options.fps}: must be a finite number above 0")
    return options


def from_state(
    options: MotionOptions,
    make: Callable[[np.ndarray, Sequence[str], float], list[T]],
    consequence: str,
) -> list[T]:
    """Apply `make` to the episode's state (n, width), the names of its numbers, and its fps.

    If the state cannot be used, `on_error` decides: "stop" raises the `Problem`, "skip" logs it
    after the `consequence` and returns an empty list.
    """
    try:
        state, names = _read_episode(options)
        log.info("%d frames of %s", len(state), options.column)
        return make(state, names, options.fps)
    except Problem as problem:
        if options.on_error == "stop":
            raise
        log.warning("%s: %s", consequence, problem)
        return []


def _read_episode(options: MotionOptions) -> tuple[np.ndarray, Sequence[str]]:
    """Read the state and the names of its numbers; no names if they are too many or too few."""
    state = read_state(options.data, options.column, *options.rows)
    if len(options.names) == state.shape[1]:
        return state, options.names
    log.info("%d names for %d numbers: names are ignored", len(options.names), state.shape[1])
    return state, []


def _parser(description: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description)
    add = parser.add_argument
    add("--data", type=Path, required=True, help="data file (Parquet) with the episode")
    add(
        "--rows",
        type=int,
        nargs=2,
        required=True,
        metavar=("FIRST", "END"),
        help="first row of the episode in the file, and the row after its last",
    )
    add("--column", required=True, help="feature that describes the robot's motion")
    add("--names", type=_names, default=[], help="names of its numbers, as a JSON list")
    add("--fps", type=float, required=True, help="frames per second of the episode")
    add("--on-error", choices=("stop", "skip"), default="stop", help="if the state is unusable")
    add("--output", type=Path, required=True, help="JSON file to write")
    return parser


def _names(text: str) -> list[str]:
    names = json.loads(text)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise argparse.ArgumentTypeError(f"{shorten_json(names)} is not a JSON list of names")
    return names
