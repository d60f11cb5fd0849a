"""Which frames of an episode are sampled, computed from the times of its frames alone."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

EPSILON = 1e-6
"""Seconds: times closer than this are the same. A tie between two neighbours goes to the earlier,
however a time base or a time in the metadata is rounded."""


@dataclass(frozen=True, slots=True)
class Samples:
    """The chosen frames, as indices into the episode's frames, and their rate.

    `rate` is in samples per second: the requested one or, if `thinned`, a lower one that stays
    within the limit.
    """

    indices: tuple[int, ...]
    rate: float
    thinned: bool


def choose(times: Sequence[float], fps: float, limit: int) -> Samples:
    """Choose the frames nearest to k / `fps` for every k up to the last frame's time.

    `times` are those of the frames in seconds, ascending, the first at 0. The last frame is added
    if it is more than half a step after the last regular sample, so that the end is always seen.
    More than `limit` frames (at least 2) are thinned evenly, from the first frame to the last.
    """
    last = times[-1]
    steps = math.floor((last + EPSILON) * fps)
    indices = {nearest(times, step / fps) for step in range(steps + 1)}
    if last - times[max(indices)] > 0.5 / fps + EPSILON:
        indices.add(len(times) - 1)
    if len(indices) <= limit:
        return Samples(tuple(sorted(indices)), fps, thinned=False)
    rate = (limit - 1) / last
    indices = {nearest(times, step / rate) for step in range(limit)}
    return Samples(tuple(sorted(indices)), rate, thinned=True)


def nearest(times: Sequence[float], time: float) -> int:
    """Return the index of the frame nearest to `time`; of two equally near, the earlier."""
    after = bisect_left(times, time)
    if after == 0:
        return 0
    if after == len(times):
        return after - 1
    before = after - 1
    return after if times[after] - time < time - times[before] - EPSILON else before


def decimals(rate: float) -> int:
    """Return how many decimals show a time to within a tenth of a step."""
    return max(1, math.ceil(math.log10(5 * rate) - EPSILON))
