"""The files that the programs about motion read, and their command lines."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from subtasks import episode_facts
from subtasks.episode_facts import EpisodeFacts
from support import programs
from support.motion import DEMO


def write_episode(folder: Path, state: object, **facts: object) -> None:
    """Write an episode's data file, and what is known of it."""
    values = state.tolist() if isinstance(state, np.ndarray) else state
    table = pa.table({"state": values})
    pq.write_table(table, folder / "file.parquet")
    known = {"first": 0, "rows": table.num_rows} | facts
    episode_facts.write(
        folder / "facts.json",
        {0: EpisodeFacts("", table.num_rows, **known)},  # type: ignore[arg-type]
    )


def describe(folder: Path, *options: object, names: Sequence[str] = DEMO) -> str:
    """Describe the robot of `write_episode`; return the log."""
    features = {"robot_type": None, "state": [{"key": "state", "names": names}], "action": []}
    return programs.run(
        "describe_robot.py",
        *("--features", json.dumps(features), "--episode", 0, folder / "file.parquet"),
        *("--facts", folder / "facts.json", "--fps", 30, "--output", folder / "robot.json"),
        *options,
    )


def options(folder: Path, output: str) -> list[object]:
    """The command line of find_motion and segment_motion."""
    return [
        *("--robot", folder / "robot.json", "--data", folder / "file.parquet"),
        *("--facts", folder / "facts.json", "--episode", 0, "--fps", 30),
        *("--output", folder / output),
    ]
