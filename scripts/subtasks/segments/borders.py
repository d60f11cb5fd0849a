"""Borders between subtasks, and the seconds around each that a second look shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from subtasks.segments.segment import TIME_DECIMALS, Segment

REACH_SECONDS = 1.0
"""So far around a border a second look reaches: less of it hides what a first look misjudged."""


@dataclass(frozen=True, slots=True)
class Border:
    """A border at `time`, which is looked at again from `start` to `stop`; all in seconds."""

    time: float
    start: float
    stop: float


def between(found: Sequence[Segment], duration: float) -> list[Border]:
    """Return the borders between settled segments of an episode of `duration` seconds.

    What is shown of one ends in the middle between it and its neighbour.
    """
    times = [segment.time for segment in found[1:]]
    if not times:
        return []
    middles = [0.0, *((before + after) / 2 for before, after in pairwise(times)), duration]
    return [
        Border(
            time,
            round(max(start, time - REACH_SECONDS), TIME_DECIMALS),
            round(min(stop, time + REACH_SECONDS), TIME_DECIMALS),
        )
        for time, (start, stop) in zip(times, pairwise(middles), strict=True)
    ]
