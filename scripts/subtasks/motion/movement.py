"""How a robot's limbs and hands move, from the numbers of its state.

Units are not known: joints may be in radians, degrees or percent of their range, positions in
metres. So a limb's speed is compared with its own speed elsewhere in the episode, and only what
counts as no movement at all has a fixed bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from subtasks.motion.limbs import Hand, Limb

RATE = 10
"""Approximate number of steps per second in which movement is measured."""

SMOOTHING = 0.12
"""Standard deviation, in seconds, of the Gaussian that smooths the state along time."""

TYPICAL = 0.95
"""Quantile of a limb's speeds in the episode that is taken as its typical speed."""

SLOW = 0.2
"""Share of its typical speed at which a limb is between rest and movement."""

IDLE = 0.2
"""A limb or hand that moves by a smaller share of its busiest sibling's range is idle."""

STILL = 0.02
"""Less than this is no movement: radians, metres, or share of a gripper's range."""

LARGEST_RADIANS = 7.0
"""Larger numbers are degrees or percent."""

LARGE_UNIT = 60.0
"""Degrees or percent that count as much as one radian or one metre."""

NOISE = 10
"""A range of fewer standard deviations of the noise is no movement."""

FEWEST_FRAMES = 3
"""An episode of fewer frames has no motion."""

LEAST_OF_RANGE = 0.25
"""Share of a hand's range in all episodes that counts as its range in any of them, at least."""


@dataclass(frozen=True, slots=True)
class Movement:
    """How a limb moves in each of the episode's `m` steps.

    `moving` (m,) goes from 0, at rest, to 1, at speed; `direction` (m, columns) has unit vectors.
    `speed` (m,) is a share of the typical speed.
    """

    moving: np.ndarray
    direction: np.ndarray
    speed: np.ndarray


@dataclass(frozen=True, slots=True)
class Grip:
    """How a hand moves in each of the episode's `m` steps.

    `level` (m,) goes from 0, the most closed in the episode, to 1, the most open, and `rate` (m,)
    is its change per second. `fingers` (m,) is the level of the fingers that must take part.
    """

    level: np.ndarray
    rate: np.ndarray
    fingers: np.ndarray


def step_length(fps: float) -> int:
    """Return the number of frames in a step."""
    return max(1, round(fps / RATE))


def movements(state: np.ndarray, limbs: Sequence[Limb], fps: float) -> dict[Limb, Movement]:
    """Measure the limbs that move; `state` is (n, width), finite, n at least `FEWEST_FRAMES`."""
    tracks = {limb: _track(state, limb.columns, fps) for limb in limbs if limb.columns}
    spans = {
        limb: _length(np.abs(track).max(axis=0) if limb.speeds else np.ptp(track, axis=0))
        for limb, track in tracks.items()
    }
    found = {}
    for limb, track in tracks.items():
        # Arms can be compared with each other, but not with the metres of a base.
        siblings = [spans[other] for other in tracks if other.is_arm == limb.is_arm]
        if spans[limb] < IDLE * max(siblings) or _is_still(state, limb.columns, spans[limb]):
            continue
        velocity = track if limb.speeds else np.gradient(track, 1 / fps, axis=0)
        speed = np.linalg.norm(velocity, axis=1)
        # If a limb rests for nearly all of an episode, its typical speed would be noise.
        typical = max(float(np.quantile(speed, TYPICAL)), SLOW * float(speed.max()))
        found[limb] = Movement(
            moving=_steps(np.tanh((speed / (SLOW * typical)) ** 2), fps),
            direction=_unit(_steps(velocity, fps)),
            speed=_steps(speed / typical, fps),
        )
    return found


def grips(state: np.ndarray, hands: Sequence[Hand], fps: float) -> dict[Hand, Grip]:
    """Measure the hands that open or close; `state` as for `movements`."""
    levels = {hand: hand_levels(state, hand, fps) for hand in hands}
    spans = {
        hand: np.maximum(np.ptp(both, axis=0), LEAST_OF_RANGE * np.array(_spans(hand)))
        for hand, both in levels.items()
    }
    found = {}
    for hand, both in levels.items():
        still = _is_still(state, hand.columns, float(np.ptp(both[:, 0])))
        if still or spans[hand][0] < IDLE * max(span[0] for span in spans.values()):
            continue
        shares = (both - both.min(axis=0)) / np.maximum(spans[hand], np.finfo(float).tiny)
        found[hand] = Grip(
            level=_steps(shares[:, 0], fps),
            rate=_steps(np.gradient(shares[:, 0], 1 / fps), fps),
            fingers=_steps(shares[:, 1], fps),
        )
    return found


def hand_levels(state: np.ndarray, hand: Hand, fps: float) -> np.ndarray:
    """Return how far a hand, and its fingers alone, are open in each frame (n, 2)."""
    weights = np.array(hand.weights)
    alone = weights * np.isin(hand.columns, hand.fingers)
    levels: np.ndarray = _track(state, hand.columns, fps) @ np.stack([weights, alone], axis=1)
    return levels


def _spans(hand: Hand) -> tuple[float, float]:
    # Fingers that hardly move are not worth measuring in their own range.
    return hand.span, max(hand.finger_span, IDLE * hand.span)


def _track(state: np.ndarray, columns: Sequence[int], fps: float) -> np.ndarray:
    """Return columns of the state smoothed along time, with jumps by a whole turn undone."""
    track = state[:, list(columns)]
    for column in track.T:
        turn = 2 * np.pi if np.abs(column).max() <= LARGEST_RADIANS else 360.0
        # Only numbers that use most of a turn, but not more, can have been wrapped into it.
        if 0.9 * turn < np.ptp(column) <= turn:
            column[:] = np.unwrap(column, period=turn)
    deviation = SMOOTHING * fps
    reach = min(int(np.ceil(3 * deviation)), len(track) - 1)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    weights /= weights.sum()
    padded = np.pad(track, ((reach, reach), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, weights, "valid") for column in padded.T], axis=1)


def _is_still(state: np.ndarray, columns: Sequence[int], span: float) -> bool:
    """Return whether a range of `span` in these columns is only rounding, drift or noise."""
    values = state[:, list(columns)]
    unit = LARGE_UNIT if np.abs(values).max() > LARGEST_RADIANS else 1.0
    # 1.4826 turns a median into a standard deviation; a second difference has sqrt(6) times that.
    noise = 1.4826 * np.median(np.abs(np.diff(values, 2, axis=0)), axis=0) / np.sqrt(6)
    return span < max(STILL * unit, NOISE * _length(noise))


def _length(vector: np.ndarray) -> float:
    return float(np.linalg.norm(vector))


def _unit(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: np.ndarray = vectors / np.maximum(lengths, np.finfo(float).tiny)
    return units


def _steps(values: np.ndarray, fps: float) -> np.ndarray:
    """Return the means of `values` (n, …) over each step's frames; the last may have fewer."""
    starts = np.arange(0, len(values), step_length(fps))
    counts = np.diff(np.append(starts, len(values)))
    sums: np.ndarray = np.add.reduceat(values, starts, axis=0)
    return sums / counts.reshape(-1, *[1] * (values.ndim - 1))
