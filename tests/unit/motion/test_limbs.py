import itertools

import pytest

from subtasks.motion.limbs import Opens, find_limbs

SO100 = [f"{joint}.pos" for joint in ("shoulder_pan", "shoulder_lift", "elbow_flex", "gripper")]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (SO100, {"arm": [0, 1, 2], "gripper": [3]}),
        ([f"motor_{i}" for i in range(7)], {"arm": [0, 1, 2, 3, 4, 5], "gripper": [6]}),
        (["x", "y", "z", "roll", "pitch", "yaw", "gripper"], {"arm": range(6), "gripper": [6]}),
        (["joint_1", "panda_leftfinger", "panda_rightfinger"], {"arm": [0], "gripper": [1, 2]}),
        (
            ["left_waist", "left_gripper", "right_waist", "right_gripper"],
            {"left arm": [0], "left gripper": [1], "right arm": [2], "right gripper": [3]},
        ),
        (["waist", "gripper"] * 2, {"left arm": [0], "left gripper": [1], "right arm": [2]}),
        (
            [
                "kRightElbow",
                "kRightHandThumbBend",
                "kRightHandIndex",
                "kRightHandRing",
                "kWaistYaw",
            ],
            {"right arm": [0], "right hand": [1, 2, 3], "body": [4]},
        ),
        (["right_hand_x", "right_hand_y", "right_gripper"], {"right arm": [0, 1]}),
        (["elbow.pos", "gripper.pos", "x.vel", "theta.vel"], {"arm": [0], "base": [2, 3]}),
        (["elbow", "elbow_vel", "elbow_effort", "head_pan"], {"arm": [0]}),
        (["delta_x", "delta_y", "gripper"], {"arm": [0, 1], "gripper": [2]}),
        ([], {"arm": [0, 1, 2], "gripper": [3]}),
        (["too", "few"], {"arm": [0, 1, 2], "gripper": [3]}),
    ],
)
def test_limbs_are_recognised_by_name(names, found):
    width = len(names) if len(names) > 2 else 4
    columns = {}
    for limb in find_limbs(names, width):
        columns[limb.name] = list(limb.columns)
        if limb.hand:
            columns[limb.hand.name] = list(limb.hand.columns)
    assert columns | {name: list(some) for name, some in found.items()} == columns
    together = list(itertools.chain(*columns.values()))
    assert len(together) == len(set(together)), "a number belongs to two limbs"


@pytest.mark.parametrize(
    ("name", "opens"),
    [
        ("gripper_open", Opens.RISING),
        ("gripper_width", Opens.RISING),
        ("gripper_closed", Opens.FALLING),
        ("GripperClosure", Opens.FALLING),
        ("gripper.pos", Opens.UNKNOWN),
    ],
)
def test_a_name_may_say_which_way_is_open(name, opens):
    (limb,) = find_limbs(["elbow", name], 2)
    assert limb.hand.opens is opens


def test_sixteen_unnamed_numbers_are_two_arms_and_two_are_a_point():
    assert [limb.name for limb in find_limbs([], 16)] == ["left arm", "right arm"]
    assert [limb.hand.columns for limb in find_limbs([], 14)] == [(6,), (13,)]
    assert [(limb.name, limb.hand) for limb in find_limbs([], 2)] == [("arm", None)]
