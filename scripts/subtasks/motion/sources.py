"""What the columns of a robot hold: its limbs, which way its hands open, steps or positions."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from subtasks.motion import opening
from subtasks.motion.columns import Columns, side_by_side
from subtasks.motion.limbs import Hand, Limb, find_limbs
from subtasks.motion.movement import FEWEST_FRAMES, grips
from subtasks.motion.robot import Feature, Source, moves
from subtasks.wording import counted

LARGE_STEP, NO_STEP = 0.5, 0.03
"""Shares of a limb's largest command: above the first it moves, below the second it rests."""

FEWEST_RESTS, LEAST_REST = 2, 0.05
"""Commands are steps if they return to zero so often, for this share of the time, on the way."""

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of several columns side by side: their widths, and each usable episode.

    `problems` has the episodes that cannot be used, each with the reason.
    """

    features: tuple[Feature, ...]
    widths: tuple[int, ...]
    states: tuple[np.ndarray, ...]
    problems: tuple[tuple[int, str], ...] = ()

    @property
    def name(self) -> str:
        """The columns' names, for a sentence."""
        return " and ".join(feature.key for feature in self.features)


def source_of(
    look: Look, robot_type: str | None, fps: float, *, commands: bool = False
) -> tuple[Source, tuple[str, ...]]:
    """Find the limbs in what was looked at; with remarks on the names of its numbers.

    `commands` says that these are actions, which may be steps and not positions.
    """
    columns = side_by_side(look.features, look.widths)
    limbs = find_limbs(columns.names, sum(look.widths), columns.groups)
    if not columns.names:
        limbs = [_with_mirrored_finger(limb, look) for limb in limbs]
    if commands:
        limbs = [_as_steps(limb, look) for limb in limbs]
    if not columns.names:
        log.info("%s: its numbers have no names, and are read in the usual order", look.name)
    decided = tuple(_with_opening(limb, limbs, columns, look, robot_type, fps) for limb in limbs)
    keys = tuple(feature.key for feature in look.features)
    picks = tuple(range(sum(look.widths)))
    return Source(keys, look.widths, picks, decided), columns.remarks


def moving_in(look: Look, source: Source, fps: float) -> int:
    """Return in how many of the episodes anything moves."""
    return sum(moves(state, source.limbs, fps) for state in look.states)


def with_hands(
    source: Source, other: Source, look: Look, other_look: Look, fps: float
) -> tuple[Source, list[str]]:
    """Take the hands that never move, or are not there, from another source where they move."""
    limbs, remarks, picks = list(source.limbs), [], list(source.picks)
    theirs = {limb.name: limb.hand for limb in other.limbs if limb.hand}
    for i, limb in enumerate(limbs):
        hand = theirs.get(limb.name)
        if hand is None or not _hand_moves(other_look, hand, fps):
            continue
        if limb.hand is not None and _hand_moves(look, limb.hand, fps):
            continue
        start = len(picks)
        picks += [sum(look.widths) + other.picks[column] for column in hand.columns]
        moved = {column: start + k for k, column in enumerate(hand.columns)}
        taken = replace(
            hand,
            columns=tuple(moved[column] for column in hand.columns),
            fingers=tuple(moved[column] for column in hand.fingers),
        )
        limbs[i] = replace(limb, hand=taken)
        lacks = "never moves" if limb.hand else "is not there"
        remarks.append(f"the {hand.name} {lacks} in {look.name}: it is read from {other_look.name}")
    if not remarks:
        return source, []
    keys, widths = (*source.keys, *other.keys), (*source.widths, *other.widths)
    return Source(keys, widths, tuple(picks), tuple(limbs)), remarks


def _hand_moves(look: Look, hand: Hand, fps: float) -> bool:
    return any(grips(state, [hand], fps) for state in look.states if len(state) >= FEWEST_FRAMES)


def _as_steps(limb: Limb, look: Look) -> Limb:
    """Say that a limb's numbers are speeds if they return to zero between its movements."""
    if limb.speeds or not limb.columns:
        return limb
    found = [_are_steps(state[:, list(limb.columns)]) for state in look.states]
    if 2 * sum(found) <= len(found):
        return limb
    log.info("%s: the numbers of the %s are steps, not positions", look.name, limb.name)
    return replace(limb, speeds=True)


def _are_steps(commands: np.ndarray) -> bool:
    sizes = np.abs(commands)
    size = (sizes / np.maximum(sizes.max(axis=0), np.finfo(float).tiny)).max(axis=1)
    large = np.flatnonzero(size > LARGE_STEP)
    if not len(large):
        return False
    rests = size[large[0] : large[-1]] < NO_STEP
    begins = int((np.diff(rests.astype(int)) == 1).sum())
    return bool(begins >= FEWEST_RESTS and rests.mean() >= LEAST_REST)


def _with_mirrored_finger(limb: Limb, look: Look) -> Limb:
    """Give a gripper its second finger, if the number before its only one mirrors that."""
    if limb.hand is None or len(limb.columns) < 2:
        return limb
    pair = (limb.columns[-1], limb.hand.columns[0])
    if not opening.mirrored(np.concatenate([state[:, list(pair)] for state in look.states])):
        return limb
    return replace(limb, columns=limb.columns[:-1], hand=replace(limb.hand, columns=pair))


def _with_opening(
    limb: Limb,
    limbs: Sequence[Limb],
    columns: Columns,
    look: Look,
    robot_type: str | None,
    fps: float,
) -> Limb:
    numbers = counted(len(limb.columns), "number")
    log.info("%s: the %s has %s", look.name, limb.name, numbers)
    if limb.hand is None:
        return limb
    names = [columns.full[i] for i in limb.hand.columns]
    others = [other for other in limbs if other is not limb]
    hand, why = opening.decide(limb, names, robot_type, look.states, fps, others)
    log.info("%s: %s", look.name, why)
    return replace(limb, hand=hand)
