"""How far found borders are from true ones, by kind of border, as a plot (SVG).

A row a kind: a ring for each pair, a line at the mean, and how many have no partner at the right.
"""

from collections.abc import Iterable, Mapping, Sequence

from subtasks.drawing.markup import text
from subtasks.drawing.time_axis import number
from subtasks.evaluation.episode_scores import EpisodeScores
from subtasks.evaluation.scores import KindOfBorder

REACH = 1.0
"""Seconds to each side: no pair is further apart."""

LEFT, WIDTH, RIGHT = 150, 520, 150
ROW, TOP = 26, 22
SPREAD = (0, -6, 6, -3, 3, -8, 8)
"""Pixels by which rings are moved from the line, so that fewer hide one another."""

MOST_KINDS = 24
MOST_RINGS = 600
"""Of a kind: of more, a ring for each would be a black row and a large file."""


def errors(episodes: Iterable[EpisodeScores]) -> dict[str, list[float]]:
    """Return the errors of all pairs in seconds, by kind; above 0, found borders are late."""
    found: dict[str, list[float]] = {}
    for each in episodes:
        for kind, error in zip(each.border_kinds, each.border_errors, strict=True):
            if error is not None:
                found.setdefault(kind, []).append(error)
    return found


def plot(kinds: Sequence[KindOfBorder], of: Mapping[str, Sequence[float]]) -> str:
    """Draw a row for each kind of border."""
    shown = kinds[:MOST_KINDS]
    height = TOP + len(shown) * ROW + 18
    ticks = [-1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0]
    lines = "".join(f"M{number(_x(t))} {TOP}V{height - 18}" for t in ticks if t)
    parts = [
        f'<path class="grid" d="{lines}"/>',
        f'<path class="zero" d="M{number(_x(0))} {TOP}V{height - 18}"/>',
        f'<text class="faint" x="{number(_x(-0.5))}" y="13" text-anchor="middle">found too early'
        "</text>",
        f'<text class="faint" x="{number(_x(0.5))}" y="13" text-anchor="middle">too late</text>',
        f'<text class="faint" x="{LEFT + WIDTH + 16}" y="13">missed</text>',
    ]
    parts += [
        f'<text class="faint" x="{number(_x(t))}" y="{height - 4}" text-anchor="middle">'
        f"{t:+g} s</text>"
        for t in ticks
    ]
    for row, kind in enumerate(shown):
        parts.append(_row(TOP + row * ROW + ROW // 2, kind, of.get(kind.kind, ())))
    total = LEFT + WIDTH + RIGHT
    return f'<svg class="errors" width="{total}" height="{height}">{"".join(parts)}</svg>'


def _row(y: int, kind: KindOfBorder, errors: Sequence[float]) -> str:
    step = max(1, -(-len(errors) // MOST_RINGS))
    rings = "".join(
        # A circle as two arcs: a path is half as long as an element for each.
        f"M{number(_x(error) - 3)} {y + SPREAD[place % len(SPREAD)]}a3 3 0 1 1 6 0a3 3 0 1 1-6 0"
        for place, error in enumerate(errors[::step])
    )
    missed = kind.borders - kind.matched
    parts = [
        f'<text x="{LEFT - 14}" y="{y + 4}" text-anchor="end">{text(kind.kind, 20)}</text>',
        f'<path class="ring" d="{rings}"/>',
        f'<text class="faint" x="{LEFT + WIDTH + 16}" y="{y + 4}">'
        f"{missed} of {kind.borders}</text>",
    ]
    if kind.bias.value is not None:
        x = _x(max(-REACH, min(REACH, kind.bias.value)))
        title = f"{kind.bias.value:+.2f} s on average"
        parts.append(
            f'<g class="mean"><title>{title}</title><path d="M{number(x)} {y - 11}v22"/></g>'
        )
    return "".join(parts)


def _x(seconds: float) -> float:
    return LEFT + (seconds + REACH) / (2 * REACH) * WIDTH
