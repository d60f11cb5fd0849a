"""Which way a hand opens: by names, by conventions, and by how it moves with its arm."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from subtasks.motion.labels import label_motion, motion_events
from subtasks.motion.limbs import Opens
from support import robots
from support.motion import limbs_in, recorded_state
from support.robots import DROID, OPENARM, PIPER, RESTS_OPEN, SO101, Gripper, pick_and_place

LEROBOT = [f"joint_{i}.pos" for i in range(5)] + ["gripper.pos"]
UNKNOWN = [f"joint_{i}" for i in range(5)] + ["gripper"]
GRIPPERS = {
    "rests closed, percent": SO101,
    "rests closed, metres": PIPER,
    "rests open, percent": RESTS_OPEN,
    "rests open, 1 is closed": DROID,
    "rests closed, opens below 0": OPENARM,
    "holds at its rest": replace(SO101, holding=4),
    "noisy": replace(SO101, noise=1.0),
    "rests closed, 100 is closed": Gripper(rest=96, open=61, holding=90, noise=0.1),
    "rests open, 100 is closed": Gripper(rest=5, open=5, holding=70, noise=0.2),
}


def truth(gripper: Gripper) -> Opens:
    closed = gripper.holding if gripper.rest == gripper.open else gripper.rest
    return Opens.RISING if gripper.open > closed else Opens.FALLING


def opens(*states: np.ndarray, names=(), robot_type=None) -> Opens:
    (arm,) = limbs_in(*states, names=names, robot_type=robot_type)
    assert arm.hand is not None
    return arm.hand.opens


@pytest.mark.parametrize("objects", [1, 2])
@pytest.mark.parametrize("episodes", [1, 4, 10])
@pytest.mark.parametrize("gripper", GRIPPERS.values(), ids=GRIPPERS)
def test_without_names_the_motion_says_which_way_is_open(gripper, episodes, objects):
    states = [pick_and_place(gripper, seed, objects=objects)[0] for seed in range(episodes)]
    assert opens(*states) is truth(gripper)
    assert opens(*states, names=UNKNOWN, robot_type="unknown") is truth(gripper)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(
    ("gripper", "names", "robot_type"),
    [
        (SO101, LEROBOT, "so101_follower"),
        (SO101, LEROBOT, None),
        (SO101, [], "so101"),
        (PIPER, UNKNOWN, "piper"),
        (OPENARM, LEROBOT, "openarm_follower"),
        (RESTS_OPEN, LEROBOT, "koch"),
        (DROID, UNKNOWN, "Franka"),
        (replace(SO101, holding=4), [*UNKNOWN[:5], "gripper_width"], None),
        (GRIPPERS["rests closed, 100 is closed"], [*UNKNOWN[:5], "gripper_closed"], None),
    ],
)
def test_what_a_gripper_does_is_called_by_its_name(gripper, names, robot_type, seed):
    """Every closing and opening of one episode, and no others, under their names."""
    state, acts = pick_and_place(gripper, seed, objects=1 + seed % 2)
    limbs = limbs_in(state, names=names, robot_type=robot_type)
    begun = [
        (event.time, event.what.endswith("close"))
        for event in motion_events(state, limbs, robots.FPS)
        if "begins to" in event.what
    ]
    assert [closes for _, closes in begun] == [act.closes for act in acts]
    assert [time for time, _ in begun] == pytest.approx([act.time for act in acts], abs=0.4)
    found = [segment.subtask for segment in label_motion(state, limbs, robots.FPS)]
    grasps = [label for label in found if label == "close the gripper"]
    assert len(grasps) == sum(act.closes for act in acts)
    assert "reach with the arm" not in found[found.index("open the gripper") :] or seed % 2


def test_a_convention_wins_over_what_the_episodes_look_like():
    flipped = [
        pick_and_place(replace(SO101, rest=80, open=5, holding=60), seed)[0] for seed in (1, 2)
    ]
    assert opens(*flipped) is Opens.FALLING
    assert opens(*flipped, names=LEROBOT) is Opens.RISING
    assert opens(*flipped, robot_type="so100") is Opens.RISING


def test_a_name_wins_over_a_convention():
    states = [pick_and_place(SO101)[0]]
    names = [*UNKNOWN[:5], "gripper_closedness"]
    assert opens(*states, names=names, robot_type="so101") is Opens.FALLING


def test_an_idle_gripper_opens_as_the_other_one():
    right = pick_and_place(DROID)[0]
    left = np.tile(right[:1], (len(right), 1))
    names = [f"{side}_{name}" for side in ("left", "right") for name in UNKNOWN]
    arms = limbs_in(np.concatenate([left, right], axis=1), names=names)
    assert [arm.hand.opens for arm in arms] == [Opens.FALLING, Opens.FALLING]


def test_episodes_that_disagree_are_counted():
    usual = [pick_and_place(DROID, seed)[0] for seed in range(4)]
    odd = [pick_and_place(Gripper(rest=0.7, open=0.7, holding=0.0), seed)[0] for seed in range(2)]
    assert opens(*usual, *odd) is Opens.FALLING
    assert opens(*usual[:2], *odd) is Opens.RISING  # as many for one as for the other


def test_a_hand_that_says_nothing_opens_as_its_numbers_rise(caplog):
    caplog.set_level("INFO")
    still = np.zeros((60, 6))
    assert opens(still, names=UNKNOWN) is Opens.RISING
    assert "the gripper opens as its numbers rise: nothing says otherwise" in caplog.text


def test_the_log_says_which_way_and_why(caplog):
    caplog.set_level("INFO")
    state, _ = pick_and_place(SO101)
    opens(state, names=LEROBOT)
    opens(state, names=[*UNKNOWN[:5], "gripper_open"])
    opens(state)
    said = [record.message for record in caplog.records if "opens" in record.message]
    assert said == [
        "observation.state: the gripper opens as its numbers rise: "
        "LeRobot counts gripper.pos from 0, closed, to 100",
        "observation.state: the gripper opens as its numbers rise: its name says so",
        "observation.state: the gripper opens as its numbers rise: "
        "that is how it moves with its arm",
    ]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_real_hand_is_told_which_way_it_opens_by_its_motion(real_data: Path, sign: int):
    """The names say nothing here, and in one case the numbers are turned round."""
    episodes = sorted((real_data / "g1_bottle_v2.1/data/chunk-000").glob("*.parquet"))
    states = [recorded_state(real_data / "g1_bottle_v2.1", path.stem)[0] for path in episodes]
    right = [np.column_stack([state[:, 7:14], sign * state[:, 23]]) for state in states]
    assert opens(*right) is (Opens.RISING if sign > 0 else Opens.FALLING)
    for one in right[1:]:
        assert opens(one) is opens(*right)


# Fingers


def fingers(*columns: np.ndarray) -> np.ndarray:
    frames = len(columns[0])
    arm = np.interp(np.arange(frames), [0, 20, 40, frames], [0, 0, 1, 1])
    return np.stack([arm, *columns], axis=1)


CLOSING = np.interp(np.arange(120), [60, 90], [1.0, 0.0])


def test_two_fingers_that_mirror_each_other_meet_at_zero():
    """LIBERO's state has eight numbers without names, of which the last two are the fingers."""
    state = np.zeros((120, 8))
    state[:, 0] = np.interp(np.arange(120), [0, 20, 50, 120], [0, 0, 1, 1])
    state[:, 6], state[:, 7] = 0.04 * CLOSING, -0.04 * CLOSING
    for order in ([0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 4, 5, 7, 6]):
        (arm,) = limbs_in(state[:, order], names=["state"])
        assert arm.hand.columns == (6, 7)
        assert arm.columns == (0, 1, 2, 3, 4, 5)
        found = [event.what for event in motion_events(state[:, order], [arm], 30.0)]
        assert "the gripper begins to close" in found
        assert "the gripper begins to open" not in found


def test_fingers_measured_in_angles_bend_away_from_zero():
    bend = 1.5 * (1 - CLOSING)
    state = fingers(bend, bend, bend, bend)
    names = ["elbow", *(f"finger_{i}" for i in range(4))]
    assert opens(state[55:], names=names) is Opens.FALLING
    assert opens(state[55:] * [1, 0.6, 0.6, 0.6, 0.6], names=names) is Opens.RISING


@pytest.mark.parametrize("robot_type", ["Unitree_G1_Inspire", "inspire_hand"])
def test_a_hand_whose_thumb_alone_turns_does_not_close(robot_type):
    parts = ["Pinky", "Ring", "Middle", "Index", "ThumbBend", "ThumbRotation"]
    names = ["kRightElbow", *(f"kRightHand{part}" for part in parts)]
    still = np.full(120, 0.9)
    grasp = fingers(*[CLOSING] * 6)
    thumb = fingers(still, still, still, still, still, CLOSING)
    both = fingers(still, still, still, still, CLOSING, CLOSING)
    limbs = limbs_in(grasp, thumb, both, names=names, robot_type=robot_type)
    assert limbs[0].hand.opens is Opens.RISING
    for state in (thumb, both):
        assert not [e for e in motion_events(state, limbs, 30.0) if "hand" in e.what]
    whats = [e.what for e in motion_events(grasp, limbs, 30.0)]
    assert "the right hand begins to close" in whats
