"""The phases of an episode's motion: hands that close or open, and movements between them.

Hands come first. An episode is cut where a hand begins and ends to close or to open, except that
a hand which opens on its way to what it will close around is only being shaped. The stretches
between are cut by the limbs' movement: with an open hand where limbs set off and stop, otherwise
also where they turn. Whoever carries something lifts it, moves it and sets it down, while a turn
on the way to something is not a new subtask.

Which way is open is known before (see `opening`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from subtasks.motion.change_points import change_points
from subtasks.motion.hand_actions import HandAction, Phase, hand_actions, limb_moves
from subtasks.motion.limbs import Hand, Limb
from subtasks.motion.movement import (
    FEWEST_FRAMES,
    Movement,
    grips,
    movements,
    step_length,
)

SHORTEST_CHANGE = 0.7
"""Seconds that a full change, from rest to speed or by a sixth of a turn, must last to be a phase
of its own."""

SHORTEST = 0.3
"""Minimum seconds between two cuts."""

LEAST_MOVING = 0.25
"""Share of a phase for which a limb must move in it, if that lasts as long as a full change."""

TURN = 0.35
"""Cosine of the smallest angle between two directions that counts as a turn."""


@dataclass(frozen=True, slots=True)
class Motion:
    """What happens in an episode, in steps of `seconds`.

    The `phases` follow one another without gaps.
    """

    seconds: float
    actions: tuple[HandAction, ...] = ()
    movements: dict[Limb, Movement] = field(default_factory=dict)
    phases: tuple[Phase, ...] = (Phase(0, 1),)

    def actions_of(self, hand: Hand) -> list[HandAction]:
        """Return what a hand does, in order of time."""
        return [action for action in self.actions if action.hand == hand]

    def actions_in(self, phase: Phase) -> list[HandAction]:
        """Return the actions that take most of a phase, except the shaping of a hand."""
        return [
            action
            for action in self.actions
            if not action.shapes and 2 * _overlap(action.phase, phase) > phase.stop - phase.start
        ]

    def moving(self, phase: Phase) -> list[Limb]:
        """Return the limbs that move in a phase: for most of it, or for long enough."""
        return [
            limb
            for limb, movement in self.movements.items()
            if limb_moves(movement, phase) or self._moves_for_long(movement, phase)
        ]

    def _moves_for_long(self, movement: Movement, phase: Phase) -> bool:
        moving = movement.moving[phase.start : phase.stop]
        return bool(
            moving.sum() * self.seconds >= SHORTEST_CHANGE and moving.mean() >= LEAST_MOVING
        )

    def is_open(self, hand: Hand, step: int) -> bool:
        """Return whether a hand is open at a step; false for one that never closes or opens."""
        actions = self.actions_of(hand)
        begun = [action for action in actions if action.phase.start < step]
        if begun:
            return not begun[-1].closes
        return bool(actions) and (actions[0].closes or actions[0].shapes)


def find_motion(state: np.ndarray, limbs: Sequence[Limb], fps: float) -> Motion:
    """Find the phases of an episode from its `state` (n, width), finite, one row per frame.

    `limbs` say what its numbers are, and which way each hand opens.
    """
    seconds = step_length(fps) / fps
    if len(state) < FEWEST_FRAMES:
        return Motion(seconds)
    state = np.asarray(state, np.float64)
    limb_movements = movements(state, limbs, fps)
    hand_grips = grips(state, [limb.hand for limb in limbs if limb.hand], fps)
    actions = tuple(
        action
        for limb in limbs
        if limb.hand in hand_grips
        for action in hand_actions(
            limb.hand, hand_grips[limb.hand], limb_movements.get(limb), seconds
        )
    )
    steps = -(-len(state) // step_length(fps))
    return _cut(Motion(seconds, actions, limb_movements, (Phase(0, steps),)))


def _cut(motion: Motion) -> Motion:
    """Cut the single phase of a motion."""
    whole = motion.phases[0]
    cuts = {whole.start, whole.stop}
    for action in motion.actions:
        if not action.shapes:
            cuts |= {action.phase.start, action.phase.stop}
    for start, stop in pairwise(sorted(cuts)):
        stretch = Phase(start, stop)
        if not motion.actions_in(stretch):
            cuts |= {start + cut for cut in _movement_cuts(motion, stretch)}
    least = _steps(SHORTEST, motion)
    kept = [whole.start]
    for cut in sorted(cuts):
        if cut - kept[-1] >= least and whole.stop - cut >= least:
            kept.append(cut)
    phases: list[Phase] = []
    for start, stop in pairwise([*kept, whole.stop]):
        phase = Phase(start, stop)
        if phases and _goes_on(motion, phases[-1], phase):
            phase = Phase(phases.pop().start, stop)
        phases.append(phase)
    return replace(motion, phases=tuple(phases))


def _goes_on(motion: Motion, before: Phase, after: Phase) -> bool:
    """Return whether the same limbs move in two phases, without a turn, and no hand acts."""
    moving = motion.moving(before)
    if not moving or moving != motion.moving(after):
        return False
    if motion.actions_in(before) or motion.actions_in(after):
        return False
    return not any(turns(motion.movements[limb], before, after) for limb in moving)


def turns(movement: Movement, before: Phase, after: Phase) -> bool:
    """Return whether a limb moves in another direction after one phase than in it."""
    one, other = (
        movement.direction[phase.start : phase.stop].sum(axis=0) for phase in (before, after)
    )
    return bool(one @ other < TURN * np.linalg.norm(one) * np.linalg.norm(other))


def _movement_cuts(motion: Motion, stretch: Phase) -> list[int]:
    """Cut a stretch in which no hand closes or opens where limbs set off, stop or turn."""
    columns = []
    for limb, movement in motion.movements.items():
        moving = movement.moving[stretch.start : stretch.stop, None]
        direction = movement.direction[stretch.start : stretch.stop]
        free = limb.hand is not None and motion.is_open(limb.hand, stretch.start)
        columns.append(moving if free else moving * direction)
    if not columns:
        return []
    # A short piece between two long ones takes two cuts and lowers the sum of squares by its length
    # times the square of the change. For a change of 1 that is what the cuts cost at this length.
    penalty = SHORTEST_CHANGE / motion.seconds / 2
    return change_points(np.concatenate(columns, axis=1), _steps(SHORTEST, motion), penalty)


def _steps(seconds: float, motion: Motion) -> int:
    return max(1, round(seconds / motion.seconds))


def _overlap(one: Phase, other: Phase) -> int:
    return min(one.stop, other.stop) - max(one.start, other.start)
