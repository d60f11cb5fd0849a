"""The labels of many episodes as coloured bars on one axis of time, drawn as SVG.

All segments of a label are one shape, so that a thousand episodes take little more than the
numbers that place them, and a pointer on any of them shows the label.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from subtasks.drawing.markup import text
from subtasks.drawing.paints import paint_class
from subtasks.drawing.time_axis import WIDTH, Scale, number, ticks
from subtasks.review.overview_file import Episode


@dataclass(frozen=True, slots=True)
class Rows:
    """How episodes are drawn: `pitch` pixels from one to the next, `height` of its bar."""

    pitch: int
    height: int


TALL = Rows(18, 12)
"""Beside which a line of text stands."""

THIN = Rows(4, 3)


def bars(
    episodes: Sequence[Episode],
    ranks: Mapping[str, int],
    shown: Scale,
    fps: float,
    rows: Rows,
    marks: Mapping[int, Sequence[float]] | None = None,
) -> str:
    """Draw a row for each episode.

    `ranks` has each label's place in the order. Lengths are frames at `fps`. `marks` has seconds,
    by the numbers of episodes, at which a small arrow points.
    """
    shapes: dict[str, list[str]] = {}
    mistakes, empty, cut, arrows = [], [], [], []
    inset = (rows.pitch - rows.height) // 2
    for row, each in enumerate(episodes):
        y = row * rows.pitch + inset
        end = each.length / fps
        if not each.labels:
            width = number(shown.x(end) or WIDTH)
            empty.append(f"M0 {y}h{width}v{rows.height}h-{width}z")
        stops = [*(segment.time for segment in each.labels[1:]), end]
        for segment, stop in zip(each.labels, stops, strict=False):
            left, right = shown.x(segment.time), shown.x(stop)
            if right <= left:
                continue
            # The end is rounded and not the width: nothing may remain between two.
            x, width = number(left), number(round(right, 1) - round(left, 1))
            shapes.setdefault(segment.subtask, []).append(
                f"M{x} {y}h{width}v{rows.height}h-{width}z"
            )
            if segment.mistake:
                mistakes.append(_cross(left, right, y, rows.height))
        if end > shown.seconds:
            cut.append(f"M{WIDTH - 5} {y}l5 {rows.height / 2:g}l-5 {rows.height / 2:g}z")
        for time in (marks or {}).get(each.episode, ()):
            arrows.append(f"M{number(shown.x(time))} {y + rows.height - 3}l3 5h-6z")
    height = len(episodes) * rows.pitch
    grid = "".join(f"M{number(x)} 0v{height}" for x, _ in ticks(shown))
    parts = [f'<path class="grid" d="{grid}"/>']
    for label in sorted(shapes, key=lambda label: ranks[label]):
        parts.append(
            f'<g class="l{paint_class(ranks[label])}"><title>{text(label)}</title>'
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
        return f"M{number(left)} {y + height / 2:g}H{number(right)}"
    x, size = number(middle - side / 2), number(side)
    return f"M{x} {number(top)}l{size} {size}m-{size} 0l{size}-{size}"
