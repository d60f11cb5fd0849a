import pytest

from subtasks.motion.conventions import Way, find


@pytest.mark.parametrize(
    ("robot_type", "name", "largest", "way"),
    [
        ("so101_follower", "observation.state gripper.pos", 98.0, Way.FROM_ZERO),
        ("so100", "observation.state main_gripper", 60.0, Way.RISING),
        ("bi_so100_follower", "observation.state left_gripper.pos", 98.0, Way.FROM_ZERO),
        ("koch", "observation.state", 40.0, Way.RISING),
        ("lekiwi", "observation.state arm_gripper.pos", 40.0, Way.FROM_ZERO),
        ("openarm_follower", "observation.state gripper.pos", 65.0, Way.FROM_ZERO),
        ("aloha", "observation.state left_gripper", 1.0, Way.RISING),
        ("Franka", "observation.state gripper", 1.0, Way.FALLING),
        ("Franka", "observation.state.gripper_position gripper", 1.0, Way.FALLING),
        ("Franka", "observation.state gripper", 0.08, None),
        ("piper", "observation.state", 0.07, Way.FROM_ZERO),
        ("Unitree_G1_Inspire", "observation.state kLeftHandIndex", 1.0, Way.RISING),
        ("Unitree_G1_Inspire", "observation.state kLeftHandIndex", 950.0, Way.RISING),
        ("gr1_inspire", "observation.state kLeftHandIndex", 1.7, None),
        ("franka", "observation.state gripper", 1.0, None),
        ("Unitree_G1_Dex1", "observation.state kLeftGripper", 5.4, Way.RISING),
        ("a2d", "observation.states.effector.position", 90.0, Way.RISING),
        ("a2d", "actions.effector.position", 1.0, Way.FALLING),
        ("a2d", "action.effector.position 0", 1.0, Way.FALLING),
        (None, "observation.state robotiq_85_left_knuckle_joint", 0.8, Way.TO_ZERO),
        (None, "observation.state panda_finger_joint1", 0.04, Way.FROM_ZERO),
        (None, "observation.state gripper", 1.0, None),
        ("unknown", "observation.state motor_6", 1.0, None),
    ],
)
def test_known_robots_have_a_way(robot_type, name, largest, way):
    found = find(robot_type, [name], largest)
    assert (found.way if found else None) is way


def test_all_of_a_hands_numbers_must_match():
    names = ["observation.state gripper.pos", "observation.state finger"]
    assert find(None, names, 1.0) is None
