"""Subtasks from a robot's state alone: labels from what moves and how the hands change.

A baseline that needs no model. It knows nothing of things or tasks, and says "close the right
hand" where a person says "grasp the yellow bottle". How the episode is cut, and how an open
hand is told from a closed one, is in `subtasks.phases`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from subtasks.motion import phases
from subtasks.motion.limbs import Limb
from subtasks.motion.movement import Movement
from subtasks.motion.phases import Motion, Phase
from subtasks.segments.segment import TIME_DECIMALS, Segment

TURN = 0.5
"""Cosine of the least angle between two directions that is a turn."""

TURNED = (", in a new direction", ", in another direction")
"""Added, one after the other, to labels of movements that follow one with the same label."""


@dataclass(frozen=True, slots=True)
class Event:
    """At `time` (seconds in the episode's own time) the motion changes: `what`."""

    time: float
    what: str


def label_motion(state: np.ndarray, names: Sequence[str], fps: float) -> list[Segment]:
    """Segment an episode by its `state` (n, width), finite, n at least 1, one row a frame.

    `names` are those of the state's numbers, or empty. The first segment begins at 0.0, and
    neighbours have different labels.
    """
    motion = phases.find(state, names, fps)
    found: list[Segment] = []
    previous, turns = "", 0
    for phase in motion.phases:
        label = _label(motion, phase)
        turns = turns + 1 if label == previous else 0
        previous = label
        if turns == 0:
            found.append(Segment(_time(motion, phase.start), label))
        elif label.startswith("move"):
            turned = label + TURNED[(turns - 1) % len(TURNED)]
            found.append(Segment(_time(motion, phase.start), turned))
    return found


def motion_events(state: np.ndarray, names: Sequence[str], fps: float) -> list[Event]:
    """Find when hands close and open and when limbs set off, turn and stop, in order.

    Takes the same as `segment`.
    """
    motion = phases.find(state, names, fps)
    found = []
    for work in motion.works:
        verb, done = ("close", "closed") if work.closes else ("open", "open")
        start, stop = (_time(motion, step) for step in (work.phase.start, work.phase.stop))
        found.append(Event(start, f"the {work.hand.name} begins to {verb}"))
        found.append(Event(stop, f"the {work.hand.name} is {done}"))
    for before, after in pairwise(motion.phases):
        moved, moves = motion.moving(before), motion.moving(after)
        for limb, movement in motion.movements.items():
            if limb in moves and limb not in moved:
                what = "sets off"
            elif limb in moved and limb not in moves:
                what = "stops"
            elif limb in moves and _turns(movement, before, after):
                what = "turns"
            else:
                continue
            found.append(Event(_time(motion, after.start), f"the {limb.name} {what}"))
    return sorted(found, key=lambda event: event.time)


def _time(motion: Motion, step: int) -> float:
    return round(step * motion.seconds, TIME_DECIMALS)


def _turns(movement: Movement, before: Phase, after: Phase) -> bool:
    ways = [movement.direction[phase.start : phase.stop].sum(axis=0) for phase in (before, after)]
    lengths = np.linalg.norm(ways[0]) * np.linalg.norm(ways[1])
    return bool(ways[0] @ ways[1] < TURN * lengths)


def _label(motion: Motion, phase: Phase) -> str:
    works = motion.working(phase)
    if works:
        closing = [work.hand.name for work in works if work.closes]
        opening = [work.hand.name for work in works if not work.closes]
        said = [("close", closing), ("open", opening)]
        return " and ".join(f"{verb} {_these(names)}" for verb, names in said if names)
    moving = motion.moving(phase)
    arms = [limb for limb in moving if limb.is_arm]
    if arms:
        return _arm_label(motion, arms, phase.start)
    return f"move {_these([limb.name for limb in moving])}" if moving else "hold still"


def _arm_label(motion: Motion, arms: list[Limb], step: int) -> str:
    these = _these([arm.name for arm in arms])
    hands = [arm.hand for arm in arms if arm.hand and motion.works_of(arm.hand)]
    if len(hands) < len(arms) or len({motion.is_open(hand, step) for hand in hands}) == 2:
        return f"move {these}"
    hand_word = hands[0].name.split()[-1] + "s" * (len(hands) > 1)
    if not motion.is_open(hands[0], step):
        return f"move {these} with the {hand_word} closed"
    closes_later = [
        any(work.closes and work.phase.start >= step for work in motion.works_of(hand))
        for hand in hands
    ]
    return f"reach with {these}" if all(closes_later) else f"move {these} with the {hand_word} open"


def _these(names: list[str]) -> str:
    """Name one or several: "the right arm", "both arms", "the base and the body"."""
    kinds = {name.split()[-1] for name in names}
    if len(names) == 2 and len(kinds) == 1:
        return f"both {kinds.pop()}s"
    return " and ".join(f"the {name}" for name in names)
