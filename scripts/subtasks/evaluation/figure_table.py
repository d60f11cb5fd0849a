"""Figures with their ranges as rows of a table, each range drawn on an axis from 0 to 1."""

from collections.abc import Iterator, Sequence

from subtasks.drawing.time_axis import number
from subtasks.evaluation.bootstrap import Figure
from subtasks.evaluation.summary import range_text, value_text

WIDTH, EDGE = 220, 5
"""Pixels of the drawing, of which `EDGE` are left at each side of 0 and 1, for half a dot."""

HEIGHT = 14


def table(head: str, rows: Sequence[tuple[str, Figure, Sequence[Figure]]], more: str = "") -> str:
    """Return a table: in each row words, a figure with its range, and others without.

    `more` has the headings of the others as HTML. Words are HTML too.
    """
    return "".join(_table(head, rows, more))


def _table(
    head: str, rows: Sequence[tuple[str, Figure, Sequence[Figure]]], more: str
) -> Iterator[str]:
    yield f'<table><tr><th>{head}</th><th class="n">score</th><th class="n">95 % range</th>'
    yield f"<th>{_axis()}</th>{more}</tr>\n"
    for words, figure, others in rows:
        cells = "".join(f'<td class="n">{value_text(each)}</td>' for each in others)
        yield (
            f'<tr><td>{words}</td><td class="n">{value_text(figure)}</td>'
            f'<td class="n">{range_text(figure)}</td><td>{interval(figure)}</td>{cells}</tr>\n'
        )
    yield "</table>\n"


def interval(figure: Figure) -> str:
    """Draw a figure as a dot and its range as a line; nothing where there is none."""
    if figure.value is None:
        return ""
    middle = HEIGHT / 2
    track = f'<path class="grid" d="M{EDGE} {middle:g}H{WIDTH - EDGE}"/>'
    line = ""
    if figure.low is not None and figure.high is not None:
        low, high = x(figure.low), x(figure.high)
        line = f'<path class="range" d="M{number(low)} {middle:g}H{number(high)}"/>'
    dot = f'<circle class="dot" cx="{number(x(figure.value))}" cy="{middle:g}" r="3.5"/>'
    return f'<svg width="{WIDTH}" height="{HEIGHT}" aria-hidden="true">{track}{line}{dot}</svg>'


def x(value: float) -> float:
    """Return where a share is, in pixels from the left."""
    return EDGE + min(max(value, 0.0), 1.0) * (WIDTH - 2 * EDGE)


def _axis() -> str:
    marks = "".join(
        f'<text x="{number(x(share))}" y="11" text-anchor="middle">{share:g}</text>'
        for share in (0.0, 0.5, 1.0)
    )
    return f'<svg class="axis" width="{WIDTH}" height="{HEIGHT}" aria-hidden="true">{marks}</svg>'
