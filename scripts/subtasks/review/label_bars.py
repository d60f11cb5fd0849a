"""The labels of many episodes as coloured bars on one axis of time, drawn as SVG.

All segments of a label are one shape, so that a thousand episodes take little more than the
numbers that place them, and a pointer on any of them shows the label.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from subtasks.review import colours
from subtasks.review.markup import text
from subtasks.review.overview_file import Episode

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


_RISING = "M-1 1L1-1M0 6L6 0M5 7L7 5"
_LINES = {"rising": _RISING, "both": f"{_RISING}M-1 5L1 7M0 0L6 6M5-1L7 1"}


@dataclass(frozen=True, slots=True)
class Rows:
    """How episodes are drawn: `pitch` pixels from one to the next, `height` of its bar."""

    pitch: int
    height: int


TALL = Rows(18, 12)
"""Beside which a line of text stands."""

THIN = Rows(4, 3)


@dataclass(frozen=True, slots=True)
class Scale:
    """What the axis shows: up to so many `seconds`, at so many frames a second."""

    seconds: float
    fps: float

    def x(self, time: float) -> float:
        """Return where a time is, in pixels from the left."""
        return min(time, self.seconds) / self.seconds * WIDTH


def scale(episodes: Iterable[Episode], fps: float) -> Scale:
    """Choose the axis: as long as the longest episode, unless that is far longer than others."""
    lengths = sorted(each.length / fps for each in episodes) or [0.0]
    longest, usual = lengths[-1], lengths[int(NEARLY_ALL * (len(lengths) - 1))]
    if 0 < FAR_LONGER * usual < longest:
        longest = MARGIN * usual
    return Scale(max(longest, 1 / fps), fps)


def swatch(rank: int) -> str:
    """Return a small picture of a label's colour, the label's place in the order being `rank`."""
    return (
        f'<svg class="swatch" width="14" height="12" aria-hidden="true">'
        f'<path class="l{_class(rank)}" d="M0 0h14v12h-14z"/></svg>'
    )


def styles() -> str:
    """Return the rules that colour the classes of labels, for a style sheet."""
    return "".join(f".l{rank}{{fill:{_fill(rank)}}}" for rank in range(colours.paints()))


def patterns() -> str:
    """Return an image without size that has the patterns of labels with lines on them."""
    found = []
    for rank in range(colours.paints()):
        paint = colours.paint(rank)
        if not paint.hatch:
            continue
        line, opacity = ("#000", 0.35) if paint.colour in colours.DARK else ("#fff", 0.45)
        if paint.hatch == "dots":
            # Small, so stronger.
            marks = (
                f'<circle cx="3" cy="3" r="1.7" fill="{line}" fill-opacity="{opacity + 0.3:g}"/>'
            )
        else:
            marks = (
                f'<path stroke="{line}" stroke-opacity="{opacity}" stroke-width="1.5"'
                f' d="{_LINES[paint.hatch]}"/>'
            )
        found.append(
            f'<pattern id="p{rank}" width="6" height="6" patternUnits="userSpaceOnUse">'
            f'<path fill="{paint.colour}" d="M0 0h6v6h-6z"/>{marks}</pattern>'
        )
    return f'<svg width="0" height="0" aria-hidden="true"><defs>{"".join(found)}</defs></svg>'


def axis(shown: Scale) -> str:
    """Draw the seconds above the bars."""
    marks = "".join(
        f'<text x="{_number(x)}" y="11"{_anchor(x)}>{label}</text>' for x, label in _ticks(shown)
    )
    return f'<svg class="axis" width="{WIDTH}" height="{AXIS_HEIGHT}">{marks}</svg>'


def bars(
    episodes: Sequence[Episode],
    ranks: Mapping[str, int],
    shown: Scale,
    rows: Rows,
    marks: Mapping[int, Sequence[float]] | None = None,
) -> str:
    """Draw a row for each episode.

    `ranks` has each label's place in the order. `marks` has seconds, by the numbers of episodes,
    at which a small arrow points.
    """
    shapes: dict[str, list[str]] = {}
    mistakes, empty, cut, arrows = [], [], [], []
    inset = (rows.pitch - rows.height) // 2
    for row, each in enumerate(episodes):
        y = row * rows.pitch + inset
        end = each.length / shown.fps
        if not each.labels:
            width = _number(shown.x(end) or WIDTH)
            empty.append(f"M0 {y}h{width}v{rows.height}h-{width}z")
        stops = [*(segment.time for segment in each.labels[1:]), end]
        for segment, stop in zip(each.labels, stops, strict=False):
            left, right = shown.x(segment.time), shown.x(stop)
            if right <= left:
                continue
            # The end is rounded and not the width: nothing may remain between two.
            x, width = _number(left), _number(round(right, 1) - round(left, 1))
            shapes.setdefault(segment.subtask, []).append(
                f"M{x} {y}h{width}v{rows.height}h-{width}z"
            )
            if segment.mistake:
                mistakes.append(_cross(left, right, y, rows.height))
        if end > shown.seconds:
            cut.append(f"M{WIDTH - 5} {y}l5 {rows.height / 2:g}l-5 {rows.height / 2:g}z")
        for time in (marks or {}).get(each.episode, ()):
            arrows.append(f"M{_number(shown.x(time))} {y + rows.height - 3}l3 5h-6z")
    height = len(episodes) * rows.pitch
    grid = "".join(f"M{_number(x)} 0v{height}" for x, _ in _ticks(shown))
    parts = [f'<path class="grid" d="{grid}"/>']
    for label in sorted(shapes, key=lambda label: ranks[label]):
        parts.append(
            f'<g class="l{_class(ranks[label])}"><title>{text(label)}</title>'
            f'<path d="{"".join(shapes[label])}"/></g>'
        )
    for name, title, found in (
        ("empty", "no labels", empty),
        ("mistake", "the robot fails", mistakes),
        ("cut", "longer than is shown", cut),
        ("arrow", "what the checks have found", arrows),
    ):
        if found:
            path = f'<path d="{"".join(found)}"/>'
            parts.append(f'<g class="{name}"><title>{title}</title>{path}</g>')
    return f'<svg class="bars" width="{WIDTH}" height="{height}">{"".join(parts)}</svg>'


def _cross(left: float, right: float, y: float, height: int) -> str:
    """Return a cross in the middle of a segment, or a line where there is no room for one."""
    side = min(height - 2, right - left)
    middle, top = (left + right) / 2, y + (height - side) / 2
    if side < 4:
        return f"M{_number(left)} {y + height / 2:g}H{_number(right)}"
    x, size = _number(middle - side / 2), _number(side)
    return f"M{x} {_number(top)}l{size} {size}m-{size} 0l{size}-{size}"


def _ticks(shown: Scale) -> list[tuple[float, str]]:
    """Return where the seconds are on the axis that are written there."""
    power = 10.0 ** math.floor(math.log10(shown.seconds / MOST_TICKS))
    step = next(s * power for s in (*STEPS, 10) if shown.seconds / (s * power) <= MOST_TICKS)
    count = math.floor(shown.seconds / step + 1e-9)
    return [(shown.x(n * step), f"{n * step:.10g} s") for n in range(count + 1)]


def _anchor(x: float) -> str:
    if x < 10:
        return ""
    return ' text-anchor="end"' if x > WIDTH - 15 else ' text-anchor="middle"'


def _class(rank: int) -> int:
    return rank % colours.paints()


def _fill(rank: int) -> str:
    paint = colours.paint(rank)
    return f"url(#p{rank})" if paint.hatch else paint.colour


def _number(value: float) -> str:
    """Write a number of pixels in as few characters as a tenth of one needs."""
    return f"{round(value, 1):g}"
