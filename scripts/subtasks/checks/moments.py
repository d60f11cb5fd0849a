"""The moments of an episode at which its motion changes, few numbers of many."""

from collections.abc import Iterator
from dataclasses import dataclass

from subtasks.motion.curve_files import Change, Curves

RESTING = 0.2
"""Share of its typical speed below which a limb rests."""

LONG = 1.5
"""Seconds that all limbs and hands rest for a stop that counts as a long one."""


@dataclass(frozen=True, slots=True)
class Act:
    """A hand grasps (closes) or lets go (opens) from `start` to `stop`, in seconds."""

    start: float
    stop: float
    name: str


@dataclass(frozen=True, slots=True)
class Moments:
    """When a motion changes, what hands do, and when all limbs stop for long (start, stop)."""

    changes: tuple[Change, ...]
    acts: tuple[Act, ...]
    stops: tuple[tuple[float, float], ...]


def moments_of(curves: Curves) -> Moments:
    """Keep of an episode's motion what the checks need."""
    acts = tuple(
        Act(each.start, each.stop, f"the {each.hand} {'closes' if each.closes else 'opens'}")
        for each in curves.actions
    )
    return Moments(curves.changes, acts, tuple(_stops(curves)))


def _stops(curves: Curves) -> Iterator[tuple[float, float]]:
    """Find the long stops between two movements; rests at the start and the end are none."""
    if not curves.speed:
        return
    moving = [max(speeds) >= RESTING for speeds in zip(*curves.speed.values(), strict=True)]
    for action in curves.actions:
        first, last = (round(time / curves.seconds) for time in (action.start, action.stop))
        moving[first:last] = [True] * len(moving[first:last])
    if True not in moving:
        return
    start = moving.index(True)
    for step in range(start, len(moving)):
        if moving[step]:
            if (step - start) * curves.seconds >= LONG:
                yield start * curves.seconds, step * curves.seconds
            start = step + 1
