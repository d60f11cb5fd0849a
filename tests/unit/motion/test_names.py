import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.motion import names as naming

ROLES = {"arm", "arm speed", "hand", "spread", "base", "base speed", "body", "ignored"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("kLeftHandThumbBend", {"k", "left", "hand", "thumb", "bend"}),
        ("left_gripper.pos", {"left", "gripper", "pos"}),
        ("leftgripper", {"leftgripper", "left", "gripper"}),
        ("rarm3", {"rarm", "r", "arm"}),
        ("LArm", {"l", "arm"}),
        ("panda_leftfinger", {"panda", "leftfinger", "left", "finger"}),
        ("littlefinger", {"littlefinger", "finger"}),
        ("12", set()),
    ],
)
def test_a_name_is_split_into_words(name, words):
    assert naming.words(name) == words


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("elbow.pos", "arm"),
        ("elbow.vel", "arm speed"),
        ("delta_x", "arm speed"),
        ("gripper.pos", "hand"),
        ("gripper_velocity", "ignored"),
        ("gripper_x", "arm"),
        ("right_hand_pose 3", "arm"),
        ("thumb_rotation", "spread"),
        ("index_abduction", "spread"),
        ("index_flexion", "hand"),
        ("base_x", "base"),
        ("x.vel", "base speed"),
        ("left_waist", "arm"),
        ("waist_yaw", "body"),
        ("neck_yaw.pos", "ignored"),
        ("elbow_torque", "ignored"),
        ("observation.effector.position 1", "hand"),
        ("end_effector", "arm"),
    ],
)
def test_a_name_says_what_a_number_belongs_to(name, role):
    assert naming.role(naming.words(name)) == role


@given(st.lists(st.text(max_size=12), max_size=8))
def test_any_names_have_a_role_and_a_side_each(names):
    named = [naming.words(name) for name in names]
    sides = naming.sides(names, named)
    assert len(sides) == len(names)
    assert set(sides) <= {"", *naming.SIDES}
    assert {naming.role(some) for some in named} <= ROLES
