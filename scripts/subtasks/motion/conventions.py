"""Which way hands open on robots that are known: what their makers decided."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Way(Enum):
    """How a hand's numbers say that it is open."""

    RISING = "rise"
    FALLING = "fall"
    FROM_ZERO = "leave 0"
    TO_ZERO = "come near 0"


@dataclass(frozen=True, slots=True)
class Convention:
    """Hands whose names match, on robots whose type matches, open in this way, because of `why`.

    `robot` and `name` are patterns; `name` is searched in the name of each of the hand's numbers,
    which begins with that of its column. The largest number must lie between `least` and `most`.
    """

    robot: str
    name: str
    way: Way
    why: str
    least: float = 0.0
    most: float = float("inf")


CONVENTIONS = (
    # Robotiq's 2F-85 and 2F-140: 0 is open, in radians as in bits.
    Convention("", r"robotiq|knuckle", Way.TO_ZERO, "Robotiq's grippers are open at 0"),
    # AgiBot World, data format: actions are "0 for full open and 1 for full close", states in mm.
    Convention(
        "", r"^actions?\b.*effector", Way.FALLING, "AgiBot's commands are 0 for open, 1 for closed"
    ),
    Convention("", r"effector", Way.RISING, "AgiBot measures the opening in millimetres", least=2),
    # DROID: gripper_position is 1 - width / greatest width; LeRobot's port calls the robot Franka.
    Convention(
        r"^(?-i:Franka)$|droid",
        r"gripper(_position)?$",
        Way.FALLING,
        "DROID's gripper is 0 for open and 1 for closed",
        least=0.5,
        most=1.5,
    ),
    # LIBERO, robosuite and others: each finger's distance from the middle, in metres.
    Convention("", r"panda\w*finger", Way.FROM_ZERO, "a Panda's fingers meet at 0", most=0.1),
    # Unitree's teleoperation: 0 closed, 1 open; the Dex1 gripper is closed at 0, open at 5.4.
    Convention("inspire", r"", Way.RISING, "Inspire hands are 0 for closed, 1 for open", most=1.1),
    Convention(
        "inspire", r"", Way.RISING, "Inspire hands are 0 for closed, 1000 for open", least=100
    ),
    Convention(
        r"unitree|\bg1|\bh1", r"gripper", Way.RISING, "Unitree's Dex1 gripper is closed at 0"
    ),
    # LeRobot. OpenArm and reBot B601 are zeroed with a closed gripper and open to -65 and -270.
    Convention("openarm|rebot", r"gripper", Way.FROM_ZERO, "that robot is zeroed with it closed"),
    Convention(
        "", r"gripper\.pos$", Way.FROM_ZERO, "LeRobot counts gripper.pos from 0, closed, to 100"
    ),
    Convention(
        r"\bso_?10[01]|so10[01]|so_follower|koch|moss|lekiwi|omx|reachy",
        r"",
        Way.RISING,
        "LeRobot counts the grippers of that robot from closed to open",
    ),
    # Interbotix arms, normalised by ALOHA and by LeRobot: 0 closed, 1 open. So does BridgeData.
    Convention(
        r"aloha|viperx|vx300|widowx|wx250|trossen|interbotix|bridge",
        r"",
        Way.RISING,
        "the grippers of that robot are 0 for closed and 1 for open",
    ),
    # AgileX: the distance between the jaws; joint 7 has it positive, joint 8 negative.
    Convention(
        "piper|agilex|cobot_?magic",
        r"",
        Way.FROM_ZERO,
        "AgileX counts how far its jaws are apart",
    ),
)


def find(robot_type: str | None, names: Sequence[str], largest: float) -> Convention | None:
    """Return the first convention for a hand whose numbers have these names and largest size."""
    for each in CONVENTIONS:
        if each.robot and not re.search(each.robot, robot_type or "", re.IGNORECASE):
            continue
        if each.least <= largest <= each.most and all(
            re.search(each.name, name, re.IGNORECASE) for name in names
        ):
            return each
    return None
