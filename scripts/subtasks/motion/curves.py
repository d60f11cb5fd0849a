"""How a robot moves in an episode, as curves: the speed of limbs and the opening of hands."""

from collections.abc import Sequence

import numpy as np

from subtasks.motion.curve_files import DECIMALS, Action, Change, Curves
from subtasks.motion.labels import events_of
from subtasks.motion.limbs import Limb
from subtasks.motion.movement import FEWEST_FRAMES, grips
from subtasks.motion.phases import find_motion
from subtasks.segments.segment import TIME_DECIMALS

MOST = 1e6
"""A larger share of the typical speed is drawn as this."""


def curves(state: np.ndarray, limbs: Sequence[Limb], fps: float) -> Curves:
    """Measure an episode by its `state` (n, width), finite, one row per frame.

    `limbs` say what its numbers are, and which way each hand opens. Limbs and hands that do not
    move have no curve.
    """
    motion = find_motion(state, limbs, fps)
    speed: dict[str, np.ndarray] = {}
    for limb, movement in motion.movements.items():
        # A base may be known by its positions and by its speeds.
        known = speed.get(limb.name, movement.speed)
        speed[limb.name] = np.maximum(known, movement.speed)
    hands = [limb.hand for limb in limbs if limb.hand]
    opening = {}
    if len(state) >= FEWEST_FRAMES:
        opening = {
            hand.name: np.clip(grip.level, 0, 1) for hand, grip in grips(state, hands, fps).items()
        }

    def time(step: int) -> float:
        return round(step * motion.seconds, DECIMALS)

    actions = [
        Action(each.hand.name, time(each.phase.start), time(each.phase.stop), each.closes)
        for each in motion.actions
    ]
    return Curves(
        # Many steps are counted, so that this is not rounded as the rest is.
        seconds=round(motion.seconds, TIME_DECIMALS),
        speed={name: _rounded(np.minimum(curve, MOST)) for name, curve in speed.items()},
        opening={name: _rounded(curve) for name, curve in opening.items()},
        actions=tuple(sorted(actions, key=lambda action: (action.start, action.hand))),
        changes=tuple(
            Change(round(event.time, DECIMALS), event.what) for event in events_of(motion)
        ),
    )


def _rounded(curve: np.ndarray) -> tuple[float, ...]:
    return tuple(float(number) for number in np.round(curve, DECIMALS))
