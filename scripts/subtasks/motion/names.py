"""What the name of one of a robot's numbers says: its words, its side, and what it belongs to."""

import re
from collections import Counter
from collections.abc import Sequence

FINGERS = {"finger", "fingers", "thumb", "index", "middle", "ring", "pinky", "little"}
GRIPPERS = {"gripper", "grippers", "claw", "claws", "jaw", "jaws", "grip", "robotiq", "knuckle"}
HANDS = {"hand", "hands", "effector", "effectors", "palm", *GRIPPERS}
OPENING = {"open", "opened", "opening", "openness", "width", "aperture"}
CLOSING = {"close", "closed", "closing", "closedness", "closure"}

_SIDES = {"left": "left", "l": "left", "right": "right", "r": "right"}
_SIDES |= {"lh": "left", "rh": "right"}
_AXES = {"x", "y", "z", "roll", "pitch", "yaw", "rx", "ry", "rz", "qx", "qy", "qz", "qw"}
_AXES |= {"quat", "quaternion", "orientation", "rotation", "rot", "pose", "wx", "wy", "wz"}
_BASE = {"base", "wheel", "wheels", "chassis", "odom", "odometry"}
_BODY = {"torso", "waist", "trunk", "leg", "hip", "knee", "ankle"}
_HEAD = {"head", "neck", "antenna", "camera"}
_FORCES = {"effort", "torque", "tau", "current", "load", "force", "temperature", "acceleration"}
_FORCES |= {"tactile", "voltage", "timestamp", "stiffness"}
_SPEEDS = {"vel", "velocity", "velocities", "speed", "speeds"}
_STEPS = {"delta", *_SPEEDS}
_BASE_SPEEDS = {"linear", "angular", "theta", "vx", "vy", "vtheta", *_AXES}
_TWIST = _SPEEDS | _BASE_SPEEDS
_MEANINGLESS = {"motor", "motors", "joint", "joints", "state", "states", "action", "actions"}
_MEANINGLESS |= {"dim", "pos", "position", "positions", "qpos", "observation", "observations"}

_SPREADING = {"rotation", "rotate", "rot", "yaw", "swing", "spread", "abduction", "opposition"}
"""What a finger does sideways, which neither opens nor closes a hand."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PARTS = "arm|forearm|hand|gripper|claw|shoulder|elbow|wrist|waist|joint|motor|finger|thumb|ee|tcp"
_GLUED = (
    re.compile(rf"(left|right|l|r)({_PARTS})"),
    re.compile(rf"({_PARTS})(left|right|l|r)"),
    re.compile(r"(left|right)(\w+)"),
)
_NUMBERED = re.compile(
    r"(?:arm|robot|follower|puppet|slave|manipulator|side|gripper|hand)s?[ _./-]?"
    r"(\d(?!\d)|[ab](?![a-z]))",
    re.IGNORECASE,
)
_ORDINALS = ("first", "second", "third", "fourth")

SIDES = ("left", "right", *_ORDINALS)
"""What tells the arms of one robot apart, in the order in which they are named."""


def words(name: str) -> set[str]:
    """Split a name such as kLeftHandThumbBend or left_gripper.pos at signs, digits and capitals."""
    found = {word.lower() for word in _WORD.findall(name)}
    for word in tuple(found):
        for pattern in _GLUED:
            if match := pattern.fullmatch(word):
                found |= set(match.groups())
                break
    return found | {
        part for part in ("gripper", "finger", "thumb") for word in found if part in word
    }


def say_nothing(named: Sequence[set[str]]) -> bool:
    """Return whether no name says what its number is: motor_3, or nothing at all."""
    return all(some <= _MEANINGLESS for some in named)


def role(some: set[str]) -> str:
    """Return what a number belongs to: arm, hand, base, body, or the speed of one; or ignored.

    "spread" is a finger's movement sideways.
    """
    speed = bool(some & _STEPS)
    if some & _HEAD or some & _FORCES or "unnamed" in some:
        return "ignored"
    finger = bool(some & FINGERS)
    in_hand = some & HANDS and not some & _AXES and not ("end" in some and "effector" in some)
    if finger or in_hand:
        if speed:
            return "ignored"
        return "spread" if finger and some & _SPREADING else "hand"
    if some & _BASE or (some & _SPEEDS and some & _BASE_SPEEDS and some <= _TWIST):
        return "base speed" if speed or some & {"vx", "vy", "vtheta"} else "base"
    # An arm can have a waist: left_waist.
    if some & _BODY and not ("waist" in some and (side(some) or some & set(SIDES))):
        return "ignored" if speed else "body"
    return "arm speed" if speed else "arm"


def side(some: set[str]) -> str:
    """Return "left" or "right" if the words say so, else ""."""
    sides = {_SIDES[word] for word in some if word in _SIDES}
    return sides.pop() if len(sides) == 1 else ""


def sides(names: Sequence[str], named: Sequence[set[str]]) -> list[str]:
    """Return the side of each name: left, right, first, second, or "".

    `named` are the words of each name. Arms that are numbered, as in arm1_j1 or robot0_x, are the
    first, the second and so on, if each of two to four numbers has several names.
    """
    found = [side(some) for some in named]
    letters = {word for some in named for word in some & set(_SIDES)}
    # In x, y, z, r the last is an angle.
    if letters in ({"l"}, {"r"}) and any(some <= {"r", "l"} for some in named):
        return [""] * len(names)
    if any(found):
        return found
    numbers = [match[1].lower() if (match := _NUMBERED.search(name)) else "" for name in names]
    counts = Counter(number for number in numbers if number)
    if 2 <= len(counts) <= len(_ORDINALS) and min(counts.values()) >= 2:
        order = {number: _ORDINALS[i] for i, number in enumerate(sorted(counts))}
        return [order.get(number, "") for number in numbers]
    half = len(names) // 2
    if len(names) % 2 == 0 and list(names[:half]) == list(names[half:]):
        return ["left"] * half + ["right"] * half
    return found
