"""Figures with their ranges as rows of a table, each range drawn on an axis from 0 to 1."""

from collections.abc import Iterator, Sequence

from subtasks.drawing.time_axis import number
from subtasks.evaluation.bootstrap import Figure
from subtasks.evaluation.summary import range_text, value_text

WIDTH = 220
"""Pixels from 0 to 1."""

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
    track = f'<path class="grid" d="M0 {middle:g}H{WIDTH}"/>'
    line = ""
    if figure.low is not None and figure.high is not None:
        low, high = (min(max(end, 0.0), 1.0) * WIDTH for end in (figure.low, figure.high))
        line = f'<path class="range" d="M{number(low)} {middle:g}H{number(high)}"/>'
    x = number(min(max(figure.value, 0.0), 1.0) * (WIDTH - 8) + 4)
    dot = f'<circle class="dot" cx="{x}" cy="{middle:g}" r="3.5"/>'
    return f'<svg width="{WIDTH}" height="{HEIGHT}" aria-hidden="true">{track}{line}{dot}</svg>'


def _axis() -> str:
    return (
        f'<svg class="axis" width="{WIDTH}" height="{HEIGHT}" aria-hidden="true">'
        f'<text x="0" y="11">0</text><text x="{WIDTH / 2:g}" y="11" text-anchor="middle">0.5'
        f'</text><text x="{WIDTH}" y="11" text-anchor="end">1</text></svg>'
    )
