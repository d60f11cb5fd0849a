"""What the numbers of a robot's state are: arms, hands and a base, recognised by their names.

Numbers without names are read in the order of LeRobot's small arms: the joints of an arm, then
its gripper, the left arm before the right one.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

LEAST_WITH_GRIPPER = 3
"""An unnamed state of fewer numbers has no gripper: it may be a point in a plane."""

TWO_ARMS = range(12, 17, 2)
"""Sizes at which an unnamed state is read as two arms of six to eight numbers each."""

_FINGERS = {"finger", "fingers", "thumb", "index", "middle", "ring", "pinky", "little"}
_GRIPPERS = {"gripper", "grippers", "claw", "jaw", "jaws"}
_HANDS = {"hand", "hands", *_GRIPPERS}
_OPENING = {"open", "opened", "opening", "openness", "width", "aperture"}
_CLOSING = {"close", "closed", "closing", "closedness", "closure"}
_SIDES = {"left": "left", "l": "left", "right": "right", "r": "right"}
_AXES = {"x", "y", "z", "roll", "pitch", "yaw", "rx", "ry", "rz", "qx", "qy", "qz", "qw"}
_BASE = {"base", "wheel", "wheels", "chassis", "odom", "odometry"}
_BODY = {"torso", "waist", "trunk", "leg", "hip", "knee", "ankle"}
_HEAD = {"head", "neck"}
_FORCES = {"effort", "torque", "tau", "current", "load", "force", "temperature", "acceleration"}
_SPEEDS = {"vel", "velocity", "velocities", "speed", "speeds"}
_STEPS = {"delta", *_SPEEDS}
_BASE_SPEEDS = {"linear", "angular", "theta", *_AXES}
_TWIST = _SPEEDS | _BASE_SPEEDS
_MEANINGLESS = {"motor", "motors", "joint", "joints", "state", "action", "dim", "pos", "position"}

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


class Opens(Enum):
    """Whether a hand opens as its numbers rise or fall, as far as their names say."""

    RISING = 1
    FALLING = -1
    UNKNOWN = 0


@dataclass(frozen=True, slots=True)
class Hand:
    """A gripper, or a hand with fingers; `name` is for example "right hand" or "gripper"."""

    name: str
    columns: tuple[int, ...]
    opens: Opens


@dataclass(frozen=True, slots=True)
class Limb:
    """What moves as one: an arm, the base, or the body (torso and legs).

    `name` is for example "right arm" or "base". `columns` is empty if only the hand is known.
    `speeds` says that the numbers are speeds, not positions.
    """

    name: str
    columns: tuple[int, ...]
    hand: Hand | None = None
    speeds: bool = False

    @property
    def is_arm(self) -> bool:
        """Whether it is an arm rather than the base or the body."""
        return self.name.endswith("arm")


def find_limbs(names: Sequence[str], width: int) -> list[Limb]:
    """Recognise the limbs in a state of `width` numbers; `names` may be empty.

    Names are ignored if there are more or fewer of them than numbers, or if they say nothing
    ("motor_3"). The head, forces, and an arm's speeds beside its positions are left out.
    """
    words = [_words(name) for name in names]
    if len(names) != width or all(some <= _MEANINGLESS for some in words):
        return _unnamed(width)
    if width % 2 == 0 and list(names[: width // 2]) == list(names[width // 2 :]):
        words = [some | {"left" if i < width // 2 else "right"} for i, some in enumerate(words)]
    roles = [_role(some) for some in words]

    def columns(*wanted: str) -> list[int]:
        return [i for i, role in enumerate(roles) if role in wanted]

    arms = columns("arm") or columns("arm speed")
    found = _arms(arms, columns("hand"), words, speeds=not columns("arm"))
    for name, role in (("base", "base"), ("base", "base speed"), ("body", "body")):
        if columns(role):
            found.append(Limb(name, tuple(columns(role)), speeds=role == "base speed"))
    return found


def _words(name: str) -> set[str]:
    """Split a name such as kLeftHandThumbBend or left_gripper.pos at signs, digits and capitals."""
    words = {word.lower() for word in _WORD.findall(name)}
    parts = {part for part in ("gripper", "finger", "thumb") for word in words if part in word}
    return words | parts


def _role(words: set[str]) -> str:
    speed = bool(words & _STEPS)
    if words & _HEAD or words & _FORCES:
        return "ignored"
    if words & _FINGERS or (words & _HANDS and not words & _AXES):
        return "ignored" if speed else "hand"
    if words & _BASE or (words & _SPEEDS and words & _BASE_SPEEDS and words <= _TWIST):
        return "base speed" if speed else "base"
    # An arm can have a waist: left_waist.
    if words & _BODY and not ("waist" in words and _side(words)):
        return "ignored" if speed else "body"
    return "arm speed" if speed else "arm"


def _arms(
    arms: list[int], hands: list[int], words: Sequence[set[str]], *, speeds: bool
) -> list[Limb]:
    # The left and right finger of a gripper are not two hands if the arm has no side.
    sided = {_side(words[i]) for i in arms or hands} - {""}
    found = []
    for side in sorted(sided) or [""]:
        own_arm = [i for i in arms if not sided or _side(words[i]) == side]
        own_hand = [i for i in hands if not sided or _side(words[i]) == side]
        if not own_hand and len(sided) == 1:
            own_hand = hands
        hand = _hand(own_hand, side, words) if own_hand else None
        if own_arm or hand:
            found.append(Limb(f"{side} arm".strip(), tuple(own_arm), hand, speeds))
    return found


def _hand(columns: list[int], side: str, words: Sequence[set[str]]) -> Hand:
    used = set().union(*(words[i] for i in columns))
    gripper = used & _GRIPPERS or (len(columns) <= 2 and not used & {"hand", "hands"})
    opens = Opens.UNKNOWN
    if bool(used & _OPENING) != bool(used & _CLOSING):
        opens = Opens.RISING if used & _OPENING else Opens.FALLING
    return Hand(f"{side} {'gripper' if gripper else 'hand'}".strip(), tuple(columns), opens)


def _side(words: Iterable[str]) -> str:
    sides = {_SIDES[word] for word in words if word in _SIDES}
    return sides.pop() if len(sides) == 1 else ""


def _unnamed(width: int) -> list[Limb]:
    if width in TWO_ARMS:
        half = width // 2
        return [_unnamed_arm("left ", 0, half), _unnamed_arm("right ", half, width)]
    if LEAST_WITH_GRIPPER <= width < TWO_ARMS.start:
        return [_unnamed_arm("", 0, width)]
    return [Limb("arm" if width < TWO_ARMS.start else "body", tuple(range(width)))]


def _unnamed_arm(side: str, start: int, stop: int) -> Limb:
    gripper = Hand(f"{side}gripper", (stop - 1,), Opens.UNKNOWN)
    return Limb(f"{side}arm", tuple(range(start, stop - 1)), gripper)
