"""States of robots: the real recordings, simulated arms, and what is found to be in them."""

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from subtasks.demo import arm
from subtasks.motion.limbs import Limb
from subtasks.motion.robot import Feature
from subtasks.motion.sources import Look, source_of
from subtasks.motion.state import read_state

DEMO = list(arm.JOINT_NAMES)


def limbs_in(
    *states: np.ndarray,
    names: Sequence[str] = (),
    robot_type: str | None = None,
    fps: float = 30.0,
) -> tuple[Limb, ...]:
    """The limbs of a robot with these episodes, and which way its hands open."""
    feature = Feature("observation.state", tuple(names))
    look = Look((feature,), (states[0].shape[1],), states)
    return source_of(look, robot_type, fps)[0].limbs


def recorded_state(dataset: Path, episode: str) -> tuple[np.ndarray, list[str]]:
    """Read an episode's state and the names of its numbers from a dataset of version v2.1."""
    info = json.loads((dataset / "meta" / "info.json").read_text())
    path = dataset / "data" / "chunk-000" / f"{episode}.parquet"
    names = info["features"]["observation.state"]["names"][0]
    return read_state(path, "observation.state", 0, pq.read_metadata(path).num_rows), names


def one_block(seed: int = 0) -> arm.Recording:
    """A simulated episode with one block, which begins without a wait."""
    return next(
        recording
        for episode in itertools.count()
        if len((recording := arm.simulate(seed, episode)).segments) == 6
    )
