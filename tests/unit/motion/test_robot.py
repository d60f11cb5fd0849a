from pathlib import Path

import numpy as np
import pytest

from subtasks.errors import Problem
from subtasks.motion import robot as robots
from subtasks.motion.limbs import Hand, Limb, Opens
from subtasks.motion.robot import Robot, Source

HAND = Hand("gripper", (2, 3), Opens.FALLING, (2,), (-0.6, 0.8), 1.5, 0.25)
LIMBS = (Limb("arm", (0, 1), HAND), Limb("base", (4,), None, speeds=True))


@pytest.mark.parametrize(
    "robot",
    [
        Robot(fault="state holds text"),
        Robot((Source(("state", "action"), (5, 2), (0, 1, 2, 3, 6), LIMBS),), None, ("so",)),
    ],
)
def test_what_is_written_is_read_again(tmp_path: Path, robot: Robot) -> None:
    robots.write(tmp_path / "robot.json", robot)
    assert robots.read(tmp_path / "robot.json") == robot


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "3",
        "{}",
        '{"fault": null, "remarks": [], "sources": [{}]}',
        '{"fault": null, "remarks": [], "sources": [3]}',
        '{"fault": null, "remarks": 3, "sources": []}',
        '{"fault": null, "remarks": [], "sources": []}',
    ],
)
def test_a_damaged_file_is_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "robot.json"
    path.write_text(text)
    with pytest.raises(Problem, match=f"^{path} is damaged: remove it and run again$"):
        robots.read(path)


def test_what_is_within_noise_does_not_move():
    rng = np.random.default_rng(0)
    limbs = (Limb("arm", (0, 1), Hand("gripper", (2,), Opens.RISING, (2,), (1.0,))),)
    still = np.zeros((60, 3))
    assert not robots.moves(still, limbs, 30.0)
    assert not robots.moves(still + 0.5, limbs, 30.0)
    assert not robots.moves(still + 0.001 * rng.normal(size=still.shape), limbs, 30.0)
    assert not robots.moves(still[:2], limbs, 30.0)
    for column in range(3):
        state = still.copy()
        state[:, column] = np.linspace(0, 1, 60)
        assert robots.moves(state, limbs, 30.0)
