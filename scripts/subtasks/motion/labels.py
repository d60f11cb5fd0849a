"""Subtasks and events from a robot's state alone, named for what moves and how hands change.

A baseline that needs no model. It knows nothing about objects or tasks: it says "close the right
hand" where a person says "grasp the yellow bottle". `phases` cuts the episode and decides whether
a hand is open.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from subtasks.motion import phases
from subtasks.motion.hand_actions import Phase
from subtasks.motion.limbs import Limb
from subtasks.motion.phases import Motion
from subtasks.segments.segment import TIME_DECIMALS, Segment

TURNED = (", in a new direction", ", in another direction")
"""Added in turn to the labels of movements that follow one with the same label."""


@dataclass(frozen=True, slots=True)
class Event:
    """At `time` (seconds since the episode's start) the motion changes; `what` says how."""

    time: float
    what: str


def label_motion(state: np.ndarray, limbs: Sequence[Limb], fps: float) -> list[Segment]:
    """Segment an episode by its `state` (n, width), finite, n at least 1, one row per frame.

    `limbs` say what its numbers are. The first segment begins at 0.0, and neighbours have different
    labels.
    """
    motion = phases.find_motion(state, limbs, fps)
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


def motion_events(state: np.ndarray, limbs: Sequence[Limb], fps: float) -> list[Event]:
    """Find when hands close and open and when limbs set off, turn and stop, in order of time.

    The parameters are those of `label_motion`.
    """
    return events_of(phases.find_motion(state, limbs, fps))


def events_of(motion: Motion) -> list[Event]:
    """Name the changes of a motion, in order of time."""
    found = []
    for action in motion.actions:
        verb, done = ("close", "closed") if action.closes else ("open", "open")
        hand, phase = action.hand.name, action.phase
        found.append(Event(_time(motion, phase.start), f"the {hand} begins to {verb}"))
        found.append(Event(_time(motion, phase.stop), f"the {hand} is {done}"))
    for before, after in pairwise(motion.phases):
        moved, moves = motion.moving(before), motion.moving(after)
        for limb, movement in motion.movements.items():
            if limb in moves and limb not in moved:
                what = "sets off"
            elif limb in moved and limb not in moves:
                what = "stops"
            elif limb in moves and phases.turns(movement, before, after):
                what = "turns"
            else:
                continue
            found.append(Event(_time(motion, after.start), f"the {limb.name} {what}"))
    return sorted(found, key=lambda event: event.time)


def _time(motion: Motion, step: int) -> float:
    return round(step * motion.seconds, TIME_DECIMALS)


def _label(motion: Motion, phase: Phase) -> str:
    actions = motion.actions_in(phase)
    if actions:
        closing = [action.hand.name for action in actions if action.closes]
        opening = [action.hand.name for action in actions if not action.closes]
        verbs = [("close", closing), ("open", opening)]
        return " and ".join(f"{verb} {_join_names(hands)}" for verb, hands in verbs if hands)
    moving = motion.moving(phase)
    arms = [limb for limb in moving if limb.is_arm]
    if arms:
        return _arm_label(motion, arms, phase.start)
    return f"move {_join_names([limb.name for limb in moving])}" if moving else "hold still"


def _arm_label(motion: Motion, arms: list[Limb], step: int) -> str:
    subject = _join_names([arm.name for arm in arms])
    hands = [arm.hand for arm in arms if arm.hand and motion.actions_of(arm.hand)]
    if len(hands) < len(arms) or len({motion.is_open(hand, step) for hand in hands}) == 2:
        return f"move {subject}"
    hand_word = hands[0].name.split()[-1] + "s" * (len(hands) > 1)
    if not motion.is_open(hands[0], step):
        return f"move {subject} with the {hand_word} closed"
    closes_later = [
        any(action.grasps and action.phase.start >= step for action in motion.actions_of(hand))
        for hand in hands
    ]
    if all(closes_later):
        return f"reach with {subject}"
    return f"move {subject} with the {hand_word} open"


def _join_names(names: list[str]) -> str:
    """Name one or several: "the right arm", "both arms", "the base and the body"."""
    kinds = {name.split()[-1] for name in names}
    if len(names) == 2 and len(kinds) == 1:
        return f"both {kinds.pop()}s"
    return " and ".join(f"the {name}" for name in names)
