"""The moments of an episode at which its motion changes, few numbers of many."""

from collections.abc import Iterator
from dataclasses import dataclass

from subtasks.motion.curve_files import Change, Curves

RESTING = 0.2
"""Share of its typical speed below which a limb rests."""

FEWEST_STEPS = 4
"""In fewer steps nobody can say whether the robot moves or rests."""

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
    """When a motion changes, what hands do, and when everything stops for long (start, stop).

    `moving` says of each step of `seconds` whether any limb or hand moves in it, 1 or 0; it is
    empty if no limb is known.
    """

    changes: tuple[Change, ...]
    acts: tuple[Act, ...]
    stops: tuple[tuple[float, float], ...]
    moving: bytes = b""
    seconds: float = 0.1

    def moving_share(self, start: float, stop: float) -> float | None:
        """Return for which share of a time something moves; None if that is not known."""
        first, last = (round(time / self.seconds) for time in (start, stop))
        steps = self.moving[first:last]
        return sum(steps) / len(steps) if len(steps) >= FEWEST_STEPS else None


def moments_of(curves: Curves) -> Moments:
    """Keep of an episode's motion what the checks need."""
    acts = tuple(
        Act(each.start, each.stop, f"the {each.hand} {'closes' if each.closes else 'opens'}")
        for each in curves.actions
    )
    moving = _moving(curves)
    stops = tuple(_stops(moving, curves.seconds))
    return Moments(curves.changes, acts, stops, moving, curves.seconds)


def _moving(curves: Curves) -> bytes:
    """Say of each step whether something moves in it; a hand that acts does."""
    moving = bytearray(
        max(speeds) >= RESTING for speeds in zip(*curves.speed.values(), strict=True)
    )
    for action in curves.actions:
        first, last = (round(time / curves.seconds) for time in (action.start, action.stop))
        moving[first:last] = b"\1" * len(moving[first:last])
    return bytes(moving)


def _stops(moving: bytes, seconds: float) -> Iterator[tuple[float, float]]:
    """Find the long stops between two movements; rests at the start and the end are none."""
    start = max(moving.find(1), 0)
    for step in range(start, len(moving)):
        if moving[step]:
            if (step - start) * seconds >= LONG:
                yield start * seconds, step * seconds
            start = step + 1
