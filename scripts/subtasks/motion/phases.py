"""The phases of an episode's motion: hands that work, and limbs that move between.

Hands come first. An episode is cut where a hand begins and ends to close or to open. An
opening on the way to what it will close around is left out: a hand that holds nothing yet is
only being shaped. Between these, the limbs' movement is cut: with an open hand where it begins
and ends, otherwise also where it turns, because whoever carries something lifts it, brings it
and sets it down, while a turn on the way to a thing is nothing new.

Which way is open is decided for each hand, in this order: by its name ("gripper_open",
"closedness", "width"); by how it begins, for a hand that stands still while its arm reaches
must be open already; for a hand of many joints in angles by those, since fingers bend away
from zero; otherwise as LeRobot counts a gripper, the larger the more open.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from subtasks.motion.change_points import change_points
from subtasks.motion.limbs import Hand, Limb, Opens, limbs
from subtasks.motion.movement import Grip, Movement, grips, movements, step_length

SHORTEST_CHANGE = 0.7
"""Seconds that a full change, from rest to speed or by a sixth of a turn, has to last for a
phase of its own."""

SHORTEST = 0.3
"""Seconds between two cuts, at least."""

HAND_RATE = 0.08
"""Share of its range that a hand goes a second, at least, while it closes or opens."""

HAND_PAUSE = 0.8
"""Seconds that a hand may rest and still be at the same closing or opening."""

HAND_CHANGE = 0.2
"""Share of its range that a closing or an opening goes, at least."""

FIRST_REACH = 0.1
"""Share of its arm's movement after which a hand that has not moved was open all along."""

MOVING = 0.5
"""A limb moves in a phase whose mean of `Movement.moving` is above this."""

FEWEST_FRAMES = 3
"""An episode of fewer frames has no motion to speak of."""


@dataclass(frozen=True, slots=True)
class Phase:
    """Steps `start` up to but not including `stop`."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class HandAction:
    """A hand closes or opens."""

    hand: Hand
    phase: Phase
    closes: bool
    shapes: bool = False  # it opens on the way to what it will close around


@dataclass(frozen=True, slots=True)
class Motion:
    """What happens in an episode, in steps of `seconds`."""

    seconds: float
    works: tuple[HandAction, ...] = ()
    movements: dict[Limb, Movement] = field(default_factory=dict)
    phases: tuple[Phase, ...] = (Phase(0, 1),)  # one after the other, without gaps

    def works_of(self, hand: Hand) -> list[HandAction]:
        """Return a hand's works in the order of time."""
        return [work for work in self.works if work.hand == hand]

    def working(self, phase: Phase) -> list[HandAction]:
        """Return the works that take most of a phase, apart from shaping a hand."""
        return [
            work
            for work in self.works
            if not work.shapes and 2 * _overlap(work.phase, phase) > phase.stop - phase.start
        ]

    def moving(self, phase: Phase) -> list[Limb]:
        """Return the limbs that move in a phase."""
        return [limb for limb, movement in self.movements.items() if _moves(movement, phase)]

    def is_open(self, hand: Hand, step: int) -> bool:
        """Return whether a hand is open at a step; of one that never works nobody knows."""
        works = self.works_of(hand)
        done = [work for work in works if work.phase.start < step]
        if done:
            return not done[-1].closes
        return bool(works) and (works[0].closes or works[0].shapes)


def find(state: np.ndarray, names: Sequence[str], fps: float) -> Motion:
    """Find the phases of an episode by its `state` (n, width), finite, one row a frame.

    `names` are those of the state's numbers, or empty.
    """
    seconds = step_length(fps) / fps
    if len(state) < FEWEST_FRAMES:
        return Motion(seconds)
    state = np.asarray(state, np.float64)
    body = limbs(names, state.shape[1])
    moved = movements(state, body, fps)
    gripped = grips(state, [limb.hand for limb in body if limb.hand], fps)
    works = tuple(
        work
        for limb in body
        if limb.hand in gripped
        for work in _works(limb.hand, gripped[limb.hand], moved.get(limb), seconds)
    )
    steps = -(-len(state) // step_length(fps))
    return _cut(Motion(seconds, works, moved, (Phase(0, steps),)))


# Hands


def _works(hand: Hand, grip: Grip, movement: Movement | None, seconds: float) -> list[HandAction]:
    signs = np.where(np.abs(grip.rate) > HAND_RATE, np.sign(grip.rate), 0)
    edges = [0, *(np.flatnonzero(np.diff(signs)) + 1).tolist(), len(signs)]
    runs: list[tuple[Phase, bool]] = []  # with whether the level rises
    for start, stop in pairwise(edges):
        rises = bool(signs[start] > 0)
        if signs[start] == 0:
            continue
        if runs and runs[-1][1] == rises:
            earlier = runs[-1][0]
            if (start - earlier.stop) * seconds <= HAND_PAUSE:
                start = earlier.start
                runs.pop()
        runs.append((Phase(start, stop), rises))
    level = np.append(grip.level[0], grip.level)
    runs = [run for run in runs if abs(level[run[0].stop] - level[run[0].start]) >= HAND_CHANGE]
    if not runs:
        return []
    closing = _closing_rises(hand, grip, movement, *runs[0])
    works = [HandAction(hand, phase, closes=rises == closing) for phase, rises in runs]
    first = works[0]
    if len(works) > 1 and not first.closes and movement and _moves(movement, first.phase):
        works[0] = HandAction(hand, first.phase, closes=False, shapes=True)
    return works


def _closing_rises(
    hand: Hand, grip: Grip, movement: Movement | None, first: Phase, first_rises: bool
) -> bool:
    """Return whether a rising level means that the hand closes (see the module's text)."""
    if hand.opens is not Opens.UNKNOWN:
        return hand.opens is Opens.FALLING
    if movement is not None:
        before = movement.moving[: first.start].sum()
        if before >= FIRST_REACH * movement.moving.sum():
            return first_rises
    return grip.angles


# Cuts


def _cut(motion: Motion) -> Motion:
    """Cut a motion's single phase."""
    whole = motion.phases[0]
    cuts = {whole.start, whole.stop}
    for work in motion.works:
        if not work.shapes:
            cuts |= {work.phase.start, work.phase.stop}
    for start, stop in pairwise(sorted(cuts)):
        stretch = Phase(start, stop)
        if not motion.working(stretch):
            cuts |= {start + cut for cut in _movement_cuts(motion, stretch)}
    least = _steps(SHORTEST, motion)
    kept = [whole.start]
    for cut in sorted(cuts):
        if cut - kept[-1] >= least and whole.stop - cut >= least:
            kept.append(cut)
    phases = tuple(Phase(start, stop) for start, stop in pairwise([*kept, whole.stop]))
    return Motion(motion.seconds, motion.works, motion.movements, phases)


def _movement_cuts(motion: Motion, stretch: Phase) -> list[int]:
    """Cut a stretch in which no hand works where limbs set off, stop or turn."""
    columns = []
    for limb, movement in motion.movements.items():
        moving = movement.moving[stretch.start : stretch.stop, None]
        direction = movement.direction[stretch.start : stretch.stop]
        free = limb.hand is not None and motion.is_open(limb.hand, stretch.start)
        columns.append(moving if free else moving * direction)
    if not columns:
        return []
    # A short piece between two long ones takes two cuts, and saves its length times the
    # square of the change: with a change of one, as much as the cuts cost at this length.
    penalty = SHORTEST_CHANGE / motion.seconds / 2
    return change_points(np.concatenate(columns, axis=1), _steps(SHORTEST, motion), penalty)


def _steps(seconds: float, motion: Motion) -> int:
    return max(1, round(seconds / motion.seconds))


def _overlap(one: Phase, other: Phase) -> int:
    return min(one.stop, other.stop) - max(one.start, other.start)


def _moves(movement: Movement, phase: Phase) -> bool:
    return bool(movement.moving[phase.start : phase.stop].mean() > MOVING)
