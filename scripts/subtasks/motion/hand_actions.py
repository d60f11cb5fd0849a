"""When hands close and open, and which of these only serve to grasp something or to rest."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from subtasks.motion.limbs import Hand
from subtasks.motion.movement import Grip, Movement

HAND_RATE = 0.08
"""Minimum share of its range that a hand moves per second while it closes or opens."""

HAND_PAUSE = 0.8
"""Seconds that a hand may rest within one closing or opening."""

HAND_CHANGE = 0.2
"""Minimum share of its range that a hand moves when it closes or opens."""

MOVING = 0.5
"""A limb moves in a phase if its mean of `Movement.moving` is above this."""


@dataclass(frozen=True, slots=True)
class Phase:
    """Steps `start` up to but not including `stop`."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class HandAction:
    """A hand closes or opens.

    `shapes` is set for a hand that opens on its way to what it will close around, `relaxes` for
    one that closes at the end on its way back.
    """

    hand: Hand
    phase: Phase
    closes: bool
    shapes: bool = False
    relaxes: bool = False

    @property
    def grasps(self) -> bool:
        """Whether the hand closes around something."""
        return self.closes and not self.relaxes


def hand_changes(grip: Grip, seconds: float) -> list[tuple[Phase, bool]]:
    """Find the stretches in which a hand's level changes, and whether it rises in them.

    A step takes so many `seconds`. Changes in which the fingers do not take part do not count.
    """
    signs = np.where(np.abs(grip.rate) > HAND_RATE, np.sign(grip.rate), 0)
    edges = [0, *(np.flatnonzero(np.diff(signs)) + 1).tolist(), len(signs)]
    changes: list[tuple[Phase, bool]] = []
    for start, stop in pairwise(edges):
        rises = bool(signs[start] > 0)
        if signs[start] == 0:
            continue
        if changes and changes[-1][1] == rises:
            earlier = changes[-1][0]
            if (start - earlier.stop) * seconds <= HAND_PAUSE:
                start = earlier.start
                changes.pop()
        changes.append((Phase(start, stop), rises))
    levels = np.stack([grip.level, grip.fingers])
    levels = np.concatenate([levels[:, :1], levels], axis=1)
    return [
        (phase, rises)
        for phase, rises in changes
        if ((levels[:, phase.stop] - levels[:, phase.start]) * (2 * rises - 1)).min() >= HAND_CHANGE
    ]


def hand_actions(
    hand: Hand, grip: Grip, movement: Movement | None, seconds: float
) -> list[HandAction]:
    """Find when a hand closes and opens; `movement` is that of its arm, in steps of `seconds`."""
    actions = [
        HandAction(hand, phase, closes=not rises) for phase, rises in hand_changes(grip, seconds)
    ]
    if len(actions) < 2 or movement is None:
        return actions
    first, last = actions[0], actions[-1]
    if not first.closes and limb_moves(movement, first.phase):
        actions[0] = replace(first, shapes=True)
    if any(action.closes for action in actions[:-1]) and last.closes:
        actions[-1] = replace(last, relaxes=limb_moves(movement, last.phase))
    return actions


def limb_moves(movement: Movement, phase: Phase) -> bool:
    """Return whether a limb moves in a phase."""
    return bool(movement.moving[phase.start : phase.stop].mean() > MOVING)
