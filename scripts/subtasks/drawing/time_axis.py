"""The axis of time that many episodes share, in pixels."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

WIDTH = 520
"""Pixels of the axis: beside it, sentences have room in the frame of a report."""

AXIS_HEIGHT = 16
"""Pixels of the row with the seconds."""

NEARLY_ALL = 0.9
"""The share of episodes that an axis is made for if others are far longer."""

FAR_LONGER = 3
"""Times as long as nearly all others."""

MARGIN = 1.5
"""How much longer than nearly all episodes the axis is then."""

STEPS = (1, 2, 5)
MOST_TICKS = 9


@dataclass(frozen=True, slots=True)
class Scale:
    """What the axis shows: up to so many `seconds` on so many pixels."""

    seconds: float
    width: int = WIDTH

    def x(self, time: float) -> float:
        """Return where a time is, in pixels from the left."""
        return min(time, self.seconds) / self.seconds * self.width


def scale(lengths: Iterable[float], step: float, width: int = WIDTH) -> Scale:
    """Choose the axis for episodes of so many seconds, the shortest of which may be one `step`.

    It is as long as the longest episode, unless that is far longer than others.
    """
    lengths = sorted(lengths) or [0.0]
    longest, usual = lengths[-1], lengths[int(NEARLY_ALL * (len(lengths) - 1))]
    if 0 < FAR_LONGER * usual < longest:
        longest = MARGIN * usual
    return Scale(max(longest, step), width)


def axis(shown: Scale) -> str:
    """Draw the seconds above the bars."""
    marks = "".join(
        f'<text x="{number(x)}" y="11"{_anchor(x, shown.width)}>{label}</text>'
        for x, label in ticks(shown)
    )
    return f'<svg class="axis" width="{shown.width}" height="{AXIS_HEIGHT}">{marks}</svg>'


def ticks(shown: Scale) -> list[tuple[float, str]]:
    """Return where the seconds are on the axis that are written there."""
    power = 10.0 ** math.floor(math.log10(shown.seconds / MOST_TICKS))
    step = next(s * power for s in (*STEPS, 10) if shown.seconds / (s * power) <= MOST_TICKS)
    count = math.floor(shown.seconds / step + 1e-9)
    return [(shown.x(n * step), f"{n * step:.10g} s") for n in range(count + 1)]


def _anchor(x: float, width: int) -> str:
    if x < 10:
        return ""
    return ' text-anchor="end"' if x > width - 15 else ' text-anchor="middle"'


def number(value: float) -> str:
    """Write a number of pixels in as few characters as a tenth of one needs."""
    return f"{round(value, 1):g}"
