"""What the numbers of a robot's state are: arms, hands and a base, recognised by their names.

Numbers without names are read in the order of LeRobot's small arms: the joints of an arm, then
its gripper, the left arm before the right one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from subtasks.motion import names as naming

LEAST_WITH_GRIPPER = 3
"""An unnamed state of fewer numbers has no gripper: it may be a point in a plane."""

TWO_ARMS = range(12, 17, 2)
"""Sizes at which an unnamed state is read as two arms of six to eight numbers each."""

LEAST_JOINTS = 5
"""An arm without a side that has at least twice as many joints, and two grippers, is two arms."""


class Opens(Enum):
    """Whether a hand opens as its numbers rise or fall."""

    RISING = 1
    FALLING = -1
    UNKNOWN = 0


@dataclass(frozen=True, slots=True)
class Hand:
    """A gripper, or a hand with fingers; `name` is for example "right hand" or "gripper".

    The sum of the numbers in `columns` times `weights` is how far it is open. It goes over `span`
    in the episodes that were looked at, 0 if that is not known. `fingers` are those of the columns
    without which it neither opens nor closes: not the thumb, nor what moves sideways. They go over
    `finger_span`.
    """

    name: str
    columns: tuple[int, ...]
    opens: Opens
    fingers: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()
    span: float = 0.0
    finger_span: float = 0.0


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


def find_limbs(names: Sequence[str], width: int, groups: Sequence[int] = ()) -> list[Limb]:
    """Recognise the limbs in a state of `width` numbers.

    `names` may be empty or say nothing ("motor_3"); then the numbers are read in the usual order.
    Names beyond `width` are ignored. Numbers beyond the names are left out, except that a single
    one behind names without a hand is the gripper. The head, forces, and an arm's speeds beside
    its positions are left out too. `groups` has a number for each of the numbers, the same for
    those of one column.
    """
    named = [naming.words(name) for name in names[:width]]
    if naming.say_nothing(named):
        return _unnamed(width)
    sides = naming.sides(names[: len(named)], named)
    # An arm can have a waist, which is one of its joints if the arm has a side.
    roles = [naming.role(some | {side} - {""}) for some, side in zip(named, sides, strict=True)]
    if len(named) == width - 1 and not {"hand", "spread"} & set(roles):
        named, sides, roles = [*named, {"gripper"}], [*sides, ""], [*roles, "hand"]
    sides = _completed(sides, named, roles, groups)

    def columns(*wanted: str) -> list[int]:
        return [i for i, role in enumerate(roles) if role in wanted]

    arms = columns("arm") or columns("arm speed")
    hands = columns("hand", "spread")
    found = _arms(arms, hands, named, sides, speeds=not columns("arm"))
    for name, role in (("base", "base"), ("base", "base speed"), ("body", "body")):
        if columns(role):
            found.append(Limb(name, tuple(columns(role)), speeds=role == "base speed"))
    return found


def _completed(
    sides: Sequence[str],
    named: Sequence[set[str]],
    roles: Sequence[str],
    groups: Sequence[int],
) -> list[str]:
    """Give two hands without a side those of the two arms, and arms without a side theirs."""
    sides = list(sides)
    arms = [i for i, role in enumerate(roles) if role.startswith("arm")]
    hands = [i for i, role in enumerate(roles) if role in ("hand", "spread")]
    known = sorted({sides[i] for i in arms} - {""})
    if len(hands) == 2 and not any(sides[i] for i in hands):
        if not known and len(arms) >= 2 * LEAST_JOINTS and len(arms) % 2 == 0:
            # joint_1 to joint_12 and two grippers
            known = ["left", "right"]
            for group in {groups[i] if groups else 0 for i in arms}:
                own = [i for i in arms if not groups or groups[i] == group]
                for position, column in enumerate(own):
                    sides[column] = known[2 * position >= len(own)]
        if len(known) == 2 and not any(named[i] & naming.FINGERS for i in hands):
            sides[hands[0]], sides[hands[1]] = known
    return sides


def _arms(
    arms: list[int],
    hands: list[int],
    named: Sequence[set[str]],
    sides: Sequence[str],
    *,
    speeds: bool,
) -> list[Limb]:
    # The left and right finger of a gripper are not two hands if the arm has no side.
    sided = {sides[i] for i in arms or hands} - {""}
    found = []
    for side in sorted(sided, key=naming.SIDES.index) or [""]:
        own_arm = [i for i in arms if not sided or sides[i] == side]
        own_hand = [i for i in hands if not sided or sides[i] == side]
        if not own_hand and len(sided) == 1:
            own_hand = hands
        hand = _hand(own_hand, side, named) if own_hand else None
        if own_arm or hand:
            found.append(Limb(f"{side} arm".strip(), tuple(own_arm), hand, speeds))
    return found


def _hand(columns: list[int], side: str, named: Sequence[set[str]]) -> Hand:
    used = set().union(*(named[i] for i in columns))
    gripper = used & naming.GRIPPERS or (len(columns) <= 2 and not used & {"hand", "hands"})
    opens = Opens.UNKNOWN
    if bool(used & naming.OPENING) != bool(used & naming.CLOSING):
        opens = Opens.RISING if used & naming.OPENING else Opens.FALLING
    name = f"{side} {'gripper' if gripper else 'hand'}".strip()
    fingers = [i for i in columns if "thumb" not in named[i] and naming.role(named[i]) == "hand"]
    return Hand(name, tuple(columns), opens, tuple(fingers or columns))


def _unnamed(width: int) -> list[Limb]:
    if width in TWO_ARMS:
        half = width // 2
        return [_unnamed_arm("left ", 0, half), _unnamed_arm("right ", half, width)]
    if LEAST_WITH_GRIPPER <= width < TWO_ARMS.start:
        return [_unnamed_arm("", 0, width)]
    return [Limb("arm" if width < TWO_ARMS.start else "body", tuple(range(width)))]


def _unnamed_arm(side: str, start: int, stop: int) -> Limb:
    gripper = Hand(f"{side}gripper", (stop - 1,), Opens.UNKNOWN, (stop - 1,))
    return Limb(f"{side}arm", tuple(range(start, stop - 1)), gripper)
