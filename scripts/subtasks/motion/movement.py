"""How a robot's limbs and hands move, from the numbers of its state.

The units are not known: joints may be in radians, degrees or percent of their range, places
in metres. So a limb's speed is compared with its own in the same episode, and only what is
no movement at all has a fixed bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from subtasks.motion.limbs import Hand, Limb

RATE = 10
"""Steps a second, about, at which movement is looked at."""

SMOOTHING = 0.12
"""Seconds, the standard deviation of the Gaussian that smooths what is measured."""

TYPICAL = 0.95
"""Quantile of a limb's speed in the episode that is its typical speed."""

SLOW = 0.2
"""Share of its typical speed at which a limb is between rest and movement."""

IDLE = 0.2
"""A limb or a hand that goes a smaller share of the way of its busiest sibling is idle."""

STILL = 0.02
"""Radians, metres, or share of a gripper's range from 0 to 1: less is no movement."""

LARGEST_RADIANS = 7.0
"""Larger numbers are degrees or percent."""

LARGE_UNIT = 60.0
"""Degrees or percent that are as much as one radian or one metre."""

NOISE = 10
"""What goes less than this many standard deviations of its noise does not move."""

MANY_JOINTS = 4
"""A hand of so many joints may be measured in angles; a gripper is not."""


@dataclass(frozen=True, slots=True)
class Movement:
    """How a limb moves, at the episode's `m` steps."""

    moving: np.ndarray  # (m,), from 0, at rest, to 1, at speed
    direction: np.ndarray  # (m, columns), unit vectors


@dataclass(frozen=True, slots=True)
class Grip:
    """How a hand moves, at the episode's `m` steps; which way is open is not known here."""

    level: np.ndarray  # (m,), from 0 to 1, its least and its most in the episode
    rate: np.ndarray  # (m,), the level's change a second
    angles: bool  # whether its numbers are angles of fingers, 0 where they are stretched


def step_length(fps: float) -> int:
    """Return how many frames a step has."""
    return max(1, round(fps / RATE))


def movements(state: np.ndarray, limbs: Sequence[Limb], fps: float) -> dict[Limb, Movement]:
    """Measure those limbs that move; `state` is (n, width), finite, n at least 3."""
    tracks = {limb: _track(state, limb.columns, fps) for limb in limbs if limb.columns}
    spans = {
        limb: _length(np.abs(track).max(axis=0) if limb.speeds else np.ptp(track, axis=0))
        for limb, track in tracks.items()
    }
    found = {}
    for limb, track in tracks.items():
        # Only arms are alike: a base's metres say nothing about an arm's radians.
        siblings = [spans[other] for other in tracks if other.is_arm == limb.is_arm]
        if spans[limb] < IDLE * max(siblings) or _is_still(state, limb.columns, spans[limb]):
            continue
        velocity = track if limb.speeds else np.gradient(track, 1 / fps, axis=0)
        speed = np.linalg.norm(velocity, axis=1)
        # Where a limb rests for nearly all of an episode, its typical speed would be noise.
        typical = max(float(np.quantile(speed, TYPICAL)), SLOW * float(speed.max()))
        found[limb] = Movement(
            moving=_steps(np.tanh((speed / (SLOW * typical)) ** 2), fps),
            direction=_unit(_steps(velocity, fps)),
        )
    return found


def grips(state: np.ndarray, hands: Sequence[Hand], fps: float) -> dict[Hand, Grip]:
    """Measure those hands that open or close; `state` as for `movements`."""
    levels = {hand: _level(_track(state, hand.columns, fps)) for hand in hands}
    spans = {hand: float(np.ptp(level)) for hand, level in levels.items()}
    found = {}
    for hand, level in levels.items():
        if spans[hand] < IDLE * max(spans.values()) or _is_still(state, hand.columns, spans[hand]):
            continue
        share = (level - level.min()) / spans[hand]
        fingers = state[:, list(hand.columns)]
        within = bool(fingers.min() >= -STILL and fingers.max() <= 1 + STILL)
        found[hand] = Grip(
            level=_steps(share, fps),
            rate=_steps(np.gradient(share, 1 / fps), fps),
            angles=len(hand.columns) >= MANY_JOINTS and not within,
        )
    return found


def _track(state: np.ndarray, columns: Sequence[int], fps: float) -> np.ndarray:
    """Return columns without jumps by whole turns, smoothed along time."""
    track = state[:, list(columns)]
    for column in track.T:
        turn = 2 * np.pi if np.abs(column).max() <= LARGEST_RADIANS else 360.0
        # Only what uses most of a turn, and no more, can have been wrapped into one.
        if 0.9 * turn < np.ptp(column) <= turn:
            column[:] = np.unwrap(column, period=turn)
    deviation = SMOOTHING * fps
    reach = min(int(np.ceil(3 * deviation)), len(track) - 1)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    weights /= weights.sum()
    padded = np.pad(track, ((reach, reach), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, weights, "valid") for column in padded.T], axis=1)


def _level(track: np.ndarray) -> np.ndarray:
    """Return how far a hand's joints (n, columns) have gone together, (n,).

    Of several it rises with their size: the two fingers of a gripper may be counted against
    each other, and then it rises with the distance between them.
    """
    if track.shape[1] == 1:
        return track[:, 0]
    centred = track - track.mean(axis=0)
    level = centred @ np.linalg.svd(centred, full_matrices=False)[2][0]
    size = np.abs(track).sum(axis=1)
    return level if level @ (size - size.mean()) >= 0 else -level


def _is_still(state: np.ndarray, columns: Sequence[int], span: float) -> bool:
    """Return whether to go a way of `span` in these columns is rounding, drift or noise."""
    values = state[:, list(columns)]
    unit = LARGE_UNIT if np.abs(values).max() > LARGEST_RADIANS else 1.0
    # 1.4826 makes a median a standard deviation; a second difference has sqrt(6) times it.
    noise = 1.4826 * np.median(np.abs(np.diff(values, 2, axis=0)), axis=0) / np.sqrt(6)
    return span < max(STILL * unit, NOISE * _length(noise))


def _length(vector: np.ndarray) -> float:
    return float(np.linalg.norm(vector))


def _unit(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(lengths, np.finfo(float).tiny)


def _steps(values: np.ndarray, fps: float) -> np.ndarray:
    """Return the means of `values` (n, …) over each step's frames; the last may have fewer."""
    starts = np.arange(0, len(values), step_length(fps))
    counts = np.diff(np.append(starts, len(values)))
    sums = np.add.reduceat(values, starts, axis=0)
    return sums / counts.reshape(-1, *[1] * (values.ndim - 1))
