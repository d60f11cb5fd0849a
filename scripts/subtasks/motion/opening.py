"""Which way a hand opens, decided once from all episodes that are looked at.

In this order: by the hand's names ("gripper_open", "closedness", "width"); by the convention of a
robot that is known; by how the hand and its arm move together, of which every episode has a vote;
for a hand of many joints measured in angles by those, because fingers bend away from zero;
otherwise as LeRobot counts a gripper, larger numbers being more open.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from subtasks.motion import conventions
from subtasks.motion.conventions import Way
from subtasks.motion.hand_actions import Phase, hand_changes
from subtasks.motion.limbs import Hand, Limb, Opens
from subtasks.motion.movement import (
    FEWEST_FRAMES,
    STILL,
    grips,
    hand_levels,
    movements,
    step_length,
)

MANY_JOINTS = 4
"""A hand of at least so many joints may be measured in angles; a gripper is not."""

FIRST_REACH = 0.1
"""A hand that has not moved during this share of its arm's movement has been open all along."""

CLEAR = 0.3
"""Share of the votes by which one way must win."""

SHAPES = 0.15
"""How much faster an arm is while its hand opens for an object than while it closes around it."""

AT_REST = 0.3
"""An arm that is slower than this has not set off."""


def decide(
    limb: Limb,
    names: Sequence[str],
    robot_type: str | None,
    states: Sequence[np.ndarray],
    fps: float,
    others: Sequence[Limb] = (),
) -> tuple[Hand, str]:
    """Return a limb's hand with weights and span, and a sentence: which way it opens, and why.

    `names` are those of the hand's numbers, each behind its column's; `states` are the episodes,
    (n, width) each. Of the `others`, a limb with a gripper of one number may say what this one's
    does not.
    """
    assert limb.hand is not None
    hand = limb.hand
    fingers = [state[:, list(hand.columns)] for state in states]
    pooled = np.concatenate(fingers)
    weights, sizes = _weights(pooled)
    rising = replace(hand, weights=weights, opens=Opens.RISING)
    way, why = _way(hand, names, robot_type, pooled, sizes)
    if way is None:
        way, why = _by_motion(limb, rising, states, fps), "that is how it moves with its arm"
    if way is None and len(hand.columns) == 1:
        votes = [_by_motion(other, _rising(other), states, fps) for other in _like(others)]
        way, why = next((vote for vote in votes if vote), None), "the other one does so"
    if way is None and len(hand.columns) >= MANY_JOINTS and not _within_one(pooled):
        way, why = Way.FALLING, "fingers bend away from 0"
    if way is None:
        way, why = Way.RISING, "nothing says otherwise, and LeRobot counts grippers so"
    found = rising
    if way is Way.FALLING:
        found = replace(hand, weights=tuple(-w for w in weights), opens=Opens.FALLING)
    levels = np.concatenate([hand_levels(state, found, fps) for state in states])
    span, finger_span = (float(each) for each in np.ptp(levels, axis=0))
    found = replace(found, span=span, finger_span=finger_span)
    return found, f"the {hand.name} opens as its numbers {way.value}: {why}"


def _like(others: Sequence[Limb]) -> list[Limb]:
    """Return the limbs whose hand is a gripper of one number."""
    return [other for other in others if other.hand and len(other.hand.columns) == 1]


def _rising(limb: Limb) -> Hand:
    assert limb.hand is not None
    return replace(limb.hand, weights=(1.0,), opens=Opens.RISING)


def _weights(fingers: np.ndarray) -> tuple[tuple[float, ...], np.ndarray]:
    """Return the direction in which joints (n, columns) move together, and a size it rises with.

    The size is the sum of the numbers, or of their absolute values where the two fingers of a
    gripper count against each other.
    """
    if fingers.shape[1] == 1:
        return (1.0,), fingers[:, 0]
    centred = fingers - fingers.mean(axis=0)
    # The covariance is small, whatever the number of rows.
    direction = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    against = direction.min() < -0.3 and direction.max() > 0.3
    sizes: np.ndarray = (np.abs(fingers) if against else fingers).sum(axis=1)
    if (centred @ direction) @ (sizes - sizes.mean()) < 0:
        direction = -direction
    return tuple(float(each) for each in direction), sizes


def _way(
    hand: Hand,
    names: Sequence[str],
    robot_type: str | None,
    fingers: np.ndarray,
    sizes: np.ndarray,
) -> tuple[Way | None, str]:
    """Return the way that names or conventions say, rising or falling."""
    if hand.opens is not Opens.UNKNOWN:
        return Way[hand.opens.name], "its name says so"
    low, high = np.quantile(sizes, (0.02, 0.98))
    away = Way.FALLING if -low > high else Way.RISING
    if found := conventions.find(robot_type, names, float(np.abs(fingers).max())):
        match found.way:
            case Way.FROM_ZERO:
                return away, found.why
            case Way.TO_ZERO:
                return (Way.RISING if away is Way.FALLING else Way.FALLING), found.why
            case way:
                return way, found.why
    if len(hand.columns) == 2 and mirrored(fingers):
        return Way.RISING, "its two fingers mirror each other and meet at 0"
    return None, ""


def mirrored(fingers: np.ndarray) -> bool:
    """Return whether two numbers (n, 2) are the same with the opposite sign, in metres."""
    largest = np.abs(fingers).max()
    return bool(
        0 < largest <= 0.2
        and np.ptp(fingers) > largest
        and np.abs(fingers.sum(axis=1)).max() <= 0.2 * largest
    )


def _within_one(fingers: np.ndarray) -> bool:
    return bool(fingers.min() >= -STILL and fingers.max() <= 1 + STILL)


def _by_motion(limb: Limb, rising: Hand, states: Sequence[np.ndarray], fps: float) -> Way | None:
    """Return the way for which the episodes vote clearly."""
    votes = [_vote(limb, rising, state, fps) for state in states if len(state) >= FEWEST_FRAMES]
    cast = [vote for vote in votes if vote]
    if not cast or abs(sum(cast)) < CLEAR * len(cast):
        return None
    return Way.RISING if sum(cast) > 0 else Way.FALLING


def _vote(limb: Limb, rising: Hand, state: np.ndarray, fps: float) -> int:
    """Return 1 if the hand opens as its numbers rise in this episode, -1 if they fall, or 0.

    A hand closes around something, and opens to let it go, while its arm is slow. It opens for
    what it will close around while the arm moves or before it sets off. A hand that has not moved
    while its arm reached is open.
    """
    grip = grips(state, [rising], fps).get(rising)
    movement = movements(state, [limb], fps).get(limb) if limb.columns else None
    if grip is None or movement is None:
        return 0
    changes = hand_changes(grip, step_length(fps) / fps)
    if not changes:
        return 0
    first, first_rises = changes[0]
    reached = movement.moving[: first.start].sum() >= FIRST_REACH * movement.moving.sum()
    opens_first = False
    if len(changes) > 1:
        one, two = (_mean(movement.speed, phase) for phase, _ in changes[:2])
        opens_first = one - two > SHAPES or (not reached and one < AT_REST)
    if not opens_first and not reached:
        return 0
    return 1 if opens_first == first_rises else -1


def _mean(speed: np.ndarray, phase: Phase) -> float:
    return float(speed[phase.start : phase.stop].mean())
