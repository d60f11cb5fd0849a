"""The files that the programs about motion read, and their command lines."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from support import programs
from support.motion import DEMO


def write_episode(folder: Path, state: object, frames: Sequence[int] | None = None) -> None:
    """Write an episode's data file; `frames` are its frame_index, where they are not in order."""
    values = state.tolist() if isinstance(state, np.ndarray) else state
    table = pa.table({"state": values})
    numbers = range(table.num_rows) if frames is None else frames
    table = table.append_column("frame_index", [list(numbers)])
    pq.write_table(table, folder / "file.parquet")


def describe(folder: Path, *options: object, names: Sequence[str] = DEMO) -> str:
    """Describe the robot of `write_episode`; return the log."""
    features = {"robot_type": None, "state": [{"key": "state", "names": names}], "action": []}
    return programs.run(
        "describe_robot.py",
        *("--features", json.dumps(features), "--episode", 0, folder / "file.parquet"),
        *("--whole-files", "--fps", 30, "--output", folder / "robot.json"),
        *options,
    )


def options(folder: Path, output: str) -> list[object]:
    """The command line of find_motion and segment_motion."""
    return [
        *("--robot", folder / "robot.json", "--data", folder / "file.parquet"),
        *("--episode", 0, "--whole-file", "--fps", 30),
        *("--output", folder / output),
    ]
