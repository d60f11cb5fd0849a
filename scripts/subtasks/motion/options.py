"""The command line of the programs that read a robot's motion."""

import argparse
import json
import logging
from pathlib import Path

import numpy as np

from subtasks.errors import Problem
from subtasks.motion.state import read_state

log = logging.getLogger("subtasks")


def parse_options(description: str | None) -> argparse.Namespace:
    """Read the command line: an episode's state, and where the result goes."""
    parser = argparse.ArgumentParser(description=description)
    add = parser.add_argument
    add("--data", type=Path, required=True, help="data file (Parquet) with the episode")
    add(
        "--rows",
        type=int,
        nargs=2,
        required=True,
        metavar=("FIRST", "END"),
        help="the episode's first row in the file, and the one after its last",
    )
    add("--column", required=True, help="feature that tells how the robot moves")
    add("--names", type=_names, default=[], help="JSON list of the names of its numbers")
    add("--fps", type=float, required=True, help="frames a second")
    add("--on-error", choices=("stop", "skip"), default="stop", help="for an unusable state")
    add("--output", type=Path, required=True, help="JSON file to write")
    options = parser.parse_args()
    first, end = options.rows
    if not 0 <= first < end:
        raise Problem(f"--rows {first} {end} are no rows of an episode: first is not before end")
    if not 0 < options.fps < float("inf"):
        raise Problem(f"--fps {options.fps} is no rate; it must be a finite number above 0")
    return options


def read_episode_state(options: argparse.Namespace) -> tuple[np.ndarray, list[str]]:
    """Read the episode's state (n, width) and the names of its numbers, [] where they are none."""
    found = read_state(options.data, options.column, *options.rows)
    names = options.names
    if len(names) != found.shape[1]:
        log.info("%d names for %d numbers: taken as unnamed", len(names), found.shape[1])
        names = []
    return found, names


def _names(text: str) -> list[str]:
    names = json.loads(text)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise argparse.ArgumentTypeError(f"{text[:60]} is no JSON list of names")
    return names
