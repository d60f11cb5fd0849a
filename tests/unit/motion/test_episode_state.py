"""The state of an episode; what happens where it cannot be used is in `test_options`."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from subtasks.errors import Problem
from subtasks.motion.episode_state import read_episode
from subtasks.motion.limbs import Limb
from subtasks.motion.robot import Robot, Source

ARM = Limb("arm", (0,))


def test_the_picked_numbers_of_an_episode_are_read(tmp_path: Path) -> None:
    path = tmp_path / "file.parquet"
    numbers = {"episode_index": [7] * 4 + [8] * 4, "frame_index": [0, 1, 2, 3] * 2}
    state = np.arange(16.0).reshape(8, 2)
    pq.write_table(pa.table({"state": state.tolist(), **numbers}), path)
    robot = Robot((Source(("state",), (2,), (1,), (ARM,)),))
    found, limbs = read_episode(robot, path, 8, 30.0, whole_file=False)
    assert found.tolist() == state[4:, [1]].tolist()
    assert limbs == (ARM,)


def test_a_robot_with_a_fault_has_no_state(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"^nobody knows$"):
        read_episode(Robot(fault="nobody knows"), tmp_path, 0, 30.0, whole_file=True)
