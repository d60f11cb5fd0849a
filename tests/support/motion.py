"""States of robots: the real recordings, and simulated arms."""

import itertools
import json
from pathlib import Path

import numpy as np

from subtasks.demo import arm
from subtasks.motion.state import read_state

DEMO = list(arm.JOINT_NAMES)


def recorded_state(dataset: Path, episode: str) -> tuple[np.ndarray, list[str]]:
    """Read an episode's state and the names of its numbers from a dataset of version v2.1."""
    info = json.loads((dataset / "meta" / "info.json").read_text())
    path = dataset / "data" / "chunk-000" / f"{episode}.parquet"
    names = info["features"]["observation.state"]["names"][0]
    return read_state(path, "observation.state", 0, 10**6), names


def one_block(seed: int = 0) -> arm.Recording:
    """A simulated episode with one block, which begins without a wait."""
    return next(
        recording
        for episode in itertools.count()
        if len((recording := arm.simulate(seed, episode)).segments) == 6
    )
