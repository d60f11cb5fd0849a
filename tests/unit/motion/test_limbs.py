import itertools

import pytest

from subtasks.motion.limbs import Opens, find_limbs

SO100 = [f"{joint}.pos" for joint in ("shoulder_pan", "shoulder_lift", "elbow_flex", "gripper")]
SEVEN = range(7)


def columns_of(names, width, groups=()):
    columns = {}
    for limb in find_limbs(names, width, groups):
        columns[limb.name] = list(limb.columns)
        if limb.hand:
            columns[limb.hand.name] = list(limb.hand.columns)
    together = list(itertools.chain(*columns.values()))
    assert len(together) == len(set(together)), "a number belongs to two limbs"
    return columns


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (SO100, {"arm": [0, 1, 2], "gripper": [3]}),
        ([f"motor_{i}" for i in range(7)], {"arm": [0, 1, 2, 3, 4, 5], "gripper": [6]}),
        (["x", "y", "z", "roll", "pitch", "yaw", "gripper"], {"arm": [*range(6)], "gripper": [6]}),
        (["x", "y", "z", "r", "p", "yaw", "gripper"], {"arm": [*range(6)], "gripper": [6]}),
        (["joint_1", "panda_leftfinger", "panda_rightfinger"], {"arm": [0], "gripper": [1, 2]}),
        (["joint_1", "robotiq_85_left_knuckle_joint"], {"arm": [0], "gripper": [1]}),
        (
            ["kRightElbow", "kRightHandThumbBend", "kRightHandIndex", "kWaistYaw"],
            {"right arm": [0], "right hand": [1, 2], "body": [3]},
        ),
        (["right_hand_x", "right_hand_y", "right_gripper"], {"right arm": [0, 1]}),
        (["elbow.pos", "gripper.pos", "x.vel", "theta.vel"], {"arm": [0], "base": [2, 3]}),
        (["elbow", "elbow_vel", "elbow_effort", "head_pan"], {"arm": [0]}),
        (["delta_x", "delta_y", "gripper"], {"arm": [0, 1], "gripper": [2]}),
        (["r_elbow", "r_gripper.pos", "mobile_base.vx"], {"right arm": [0], "base": [2]}),
        (["end_effector_x", "effector"], {"arm": [0], "gripper": [1]}),
    ],
)
def test_limbs_are_recognised_by_name(names, found):
    columns = columns_of(names, len(names))
    assert columns | found == columns


@pytest.mark.parametrize(
    ("names", "left", "right"),
    [
        ([f"arm{a}_j{j}" for a in (1, 2) for j in SEVEN], "first", "second"),
        ([f"arm_{a}.joint_{j}" for a in (0, 1) for j in SEVEN], "first", "second"),
        ([f"robot{a}_q{j}" for a in (0, 1) for j in SEVEN], "first", "second"),
        ([f"Robot{a}Joint{j}" for a in (1, 2) for j in SEVEN], "first", "second"),
        ([f"arm_{a}_j{j}" for a in "ab" for j in SEVEN], "first", "second"),
        ([f"arm{a}j{j}" for a in (1, 2) for j in SEVEN], "first", "second"),
        ([f"follower{a}/j{j}" for a in (1, 2) for j in SEVEN], "first", "second"),
        ([f"follower_{s}_joint_{j}" for s in "lr" for j in SEVEN], "left", "right"),
        ([f"joint_{j}_{s}" for s in ("left", "right") for j in SEVEN], "left", "right"),
        ([f"joint{j}_{s}" for s in ("right", "left") for j in SEVEN], "right", "left"),
        ([f"{s}Joint{j}" for s in ("left", "right") for j in SEVEN], "left", "right"),
        ([f"joint{j}{s}" for s in ("Left", "Right") for j in SEVEN], "left", "right"),
        ([f"{s}{j}" for s in "lr" for j in SEVEN], "left", "right"),
        ([f"{s}_j{j}" for s in "LR" for j in SEVEN], "left", "right"),
        ([f"{s}arm{j}" for s in "lr" for j in SEVEN], "left", "right"),
        ([f"{s}joint{j}" for s in ("left", "right") for j in SEVEN], "left", "right"),
        ([f"bi/{s}/motor {j}" for s in ("left", "right") for j in SEVEN], "left", "right"),
        ([f"j{j}" for _ in range(2) for j in SEVEN], "left", "right"),
    ],
)
def test_two_arms_are_told_apart(names, left, right):
    assert columns_of(names, 14) == {f"{left} arm": [*SEVEN], f"{right} arm": [*range(7, 14)]}
    hands = [*names, f"{names[0]}_gripper", f"{names[7]}_gripper"]
    columns = columns_of(hands, 16)
    if names[:7] != names[7:]:
        assert columns[f"{left} gripper"] == [14]
        assert columns[f"{right} gripper"] == [15]


@pytest.mark.parametrize(
    ("names", "columns"),
    [
        (
            ["left_waist", "left_gripper", "right_waist", "right_gripper"],
            {"left arm": [0], "left gripper": [1], "right arm": [2], "right gripper": [3]},
        ),
        (
            ["waist", "gripper"] * 2,
            {"left arm": [0], "left gripper": [1], "right arm": [2], "right gripper": [3]},
        ),
        (
            [*(f"joint_{i}" for i in range(12)), "gripper_0", "gripper_1"],
            {
                "left arm": [*range(6)],
                "left gripper": [12],
                "right arm": [*range(6, 12)],
                "right gripper": [13],
            },
        ),
        (
            ["left_j1", "right_j1", "gripper_1", "gripper_2"],
            {"left arm": [0], "left gripper": [2], "right arm": [1], "right gripper": [3]},
        ),
        # Joints that are numbered like arms, and one arm that has a number.
        ([f"arm_{i}" for i in range(6)], {"arm": [*range(6)]}),
        (["robot0_x", "robot0_y", "robot0_gripper"], {"arm": [0, 1], "gripper": [2]}),
    ],
)
def test_hands_find_their_arms(names, columns):
    assert columns_of(names, len(names)) == columns


@pytest.mark.parametrize(
    ("names", "width", "columns"),
    [
        ([], 4, {"arm": [0, 1, 2], "gripper": [3]}),
        (["too", "few"], 4, {"arm": [0, 1]}),
        (["but", "one", "joint"], 4, {"arm": [0, 1, 2], "gripper": [3]}),
        (["elbow", "gripper"], 3, {"arm": [0], "gripper": [1]}),
        (["elbow", "gripper", "too", "many"], 2, {"arm": [0], "gripper": [1]}),
        (["left_j", "right_j", "left_gripper"], 2, {"left arm": [0], "right arm": [1]}),
    ],
)
def test_names_that_fit_are_kept(names, width, columns):
    assert columns_of(names, width) == columns


def test_the_arms_of_one_column_are_its_halves():
    names = [f"joint {i}" for i in range(14)] + ["effector 0", "effector 1"]
    names += [f"end.position {i}" for i in range(6)]
    columns = columns_of(names, 22, [0] * 14 + [1] * 2 + [2] * 6)
    assert columns["left arm"] == [*range(7), 16, 17, 18]
    assert columns["right arm"] == [*range(7, 14), 19, 20, 21]
    assert columns["left gripper"] == [14]


@pytest.mark.parametrize(
    ("name", "opens"),
    [
        ("gripper_open", Opens.RISING),
        ("gripper_width", Opens.RISING),
        ("gripper_closed", Opens.FALLING),
        ("GripperClosure", Opens.FALLING),
        ("gripper_closedness_commanded", Opens.FALLING),
        ("left_gripper_aperture", Opens.RISING),
        ("gripper.pos", Opens.UNKNOWN),
    ],
)
def test_a_name_may_say_which_way_is_open(name, opens):
    (limb,) = find_limbs(["elbow", name], 2)
    assert limb.hand.opens is opens


def test_a_thumb_and_what_moves_sideways_close_no_hand():
    names = ["ThumbBend", "ThumbRotation", "Index", "Middle", "IndexAbduction"]
    (limb,) = find_limbs([f"kRightHand{name}" for name in names], 5)
    assert limb.hand.columns == (0, 1, 2, 3, 4)
    assert limb.hand.fingers == (2, 3)
    (alone,) = find_limbs(["kRightHandThumbBend", "kRightHandThumbRotation"], 2)
    assert alone.hand.fingers == alone.hand.columns


def test_sixteen_unnamed_numbers_are_two_arms_and_two_are_a_point():
    assert [limb.name for limb in find_limbs([], 16)] == ["left arm", "right arm"]
    assert [limb.hand.columns for limb in find_limbs([], 14)] == [(6,), (13,)]
    assert [(limb.name, limb.hand) for limb in find_limbs([], 2)] == [("arm", None)]
