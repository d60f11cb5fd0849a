import pytest

from subtasks.motion.columns import side_by_side
from subtasks.motion.limbs import find_limbs
from subtasks.motion.robot import Feature


def limbs(features, widths):
    columns = side_by_side([Feature(key, tuple(names)) for key, names in features], widths)
    found = {}
    for limb in find_limbs(columns.names, sum(widths), columns.groups):
        found[limb.name] = list(limb.columns)
        if limb.hand:
            found[limb.hand.name] = list(limb.hand.columns)
    return found, columns.remarks


JOINTS = [f"joint_{i}" for i in range(6)]


@pytest.mark.parametrize(
    ("features", "widths", "found"),
    [
        ([("observation.state", [*JOINTS, "gripper"])], [7], {"arm": [*range(6)], "gripper": [6]}),
        # Named after itself, or after nothing.
        ([("state", ["state"])], [6], {"arm": [*range(5)], "gripper": [5]}),
        ([("state", ["motors"])], [6], {"arm": [*range(5)], "gripper": [5]}),
        ([("state", [])], [6], {"arm": [*range(5)], "gripper": [5]}),
        ([("gripper.pos", ["gripper"])], [1], {"arm": [], "gripper": [0]}),
        # A column for each joint.
        (
            [(f"observation.{name}.pos", []) for name in ("shoulder", "elbow", "gripper")],
            [1, 1, 1],
            {"arm": [0, 1], "gripper": [2]},
        ),
        (
            [
                (f"observation.{side}_{name}.pos", ["value"])
                for side in ("left", "right")
                for name in ("elbow", "gripper")
            ],
            [1, 1, 1, 1],
            {"left arm": [0], "left gripper": [1], "right arm": [2], "right gripper": [3]},
        ),
        # Columns for each limb.
        (
            [("observation.state", JOINTS), ("observation.gripper_position", [])],
            [6, 1],
            {"arm": [*range(6)], "gripper": [6]},
        ),
        (
            [("observation.state.joints", []), ("observation.state.gripper", [])],
            [6, 1],
            {"arm": [*range(6)], "gripper": [6]},
        ),
        (
            [
                ("observation.states.joint.position", []),
                ("observation.states.effector.position", []),
            ],
            [14, 2],
            {
                "left arm": [*range(7)],
                "left gripper": [14],
                "right arm": [*range(7, 14)],
                "right gripper": [15],
            },
        ),
        (
            [
                ("observation.left_arm", []),
                ("observation.left_hand", []),
                ("observation.right_arm", []),
                ("observation.right_hand", []),
            ],
            [2, 3, 2, 3],
            {
                "left arm": [0, 1],
                "left hand": [2, 3, 4],
                "right arm": [5, 6],
                "right hand": [7, 8, 9],
            },
        ),
        (
            [("observation.arm_0", []), ("observation.arm_1", [])],
            [6, 6],
            {"first arm": [*range(6)], "second arm": [*range(6, 12)]},
        ),
        (
            [("observation.state", JOINTS), ("observation.velocity", JOINTS)],
            [6, 6],
            {"arm": [*range(6)]},
        ),
    ],
)
def test_columns_are_named_side_by_side(features, widths, found):
    columns, remarks = limbs(features, widths)
    assert columns == found
    assert remarks == ()


@pytest.mark.parametrize(
    ("names", "width", "found", "sentence"),
    [
        (
            [*JOINTS, "gripper"],
            9,
            {"arm": [*range(6)], "gripper": [6]},
            "state has 9 numbers a row and 7 names: the last are unnamed",
        ),
        (
            [*JOINTS, "gripper", "head", "x.vel"],
            7,
            {"arm": [*range(6)], "gripper": [6]},
            "state has 7 numbers a row and 9 names: the last names are not used",
        ),
        (
            JOINTS,
            7,
            {"arm": [*range(6)], "gripper": [6]},
            "state has 7 numbers a row and 6 names: the last are unnamed",
        ),
    ],
)
def test_names_that_fit_are_kept_and_it_is_said(names, width, found, sentence):
    assert limbs([("state", names)], [width]) == (found, (sentence,))


def test_numbers_without_a_name_beside_named_columns_are_left_out():
    found, remarks = limbs([("state", ["elbow", "wrist"]), ("gripper", [])], [4, 1])
    assert found == {"arm": [0, 1], "gripper": [4]}
    assert len(remarks) == 1


def test_a_full_name_begins_with_its_column():
    columns = side_by_side([Feature("state", ("elbow",)), Feature("grip.pos", ())], [1, 1])
    assert columns.full == ("state elbow", "grip.pos")
    assert columns.groups == (0, 1)
