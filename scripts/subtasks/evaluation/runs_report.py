"""Runs side by side as a page for people: one HTML file without scripts.

Whatever is foreign in it (names, settings) goes through `markup.text`.
"""

from collections.abc import Iterator, Sequence

from subtasks.drawing import html_page
from subtasks.drawing.markup import text
from subtasks.drawing.time_axis import number
from subtasks.evaluation import report
from subtasks.evaluation.bootstrap import NO_FIGURE
from subtasks.evaluation.runs import SECONDS_PER_HOUR, Comparison, Run
from subtasks.evaluation.summary import COMPARED, difference_text, range_text, value_text
from subtasks.wording import counted

PLOTTED = "borders/0.5/f1"
"""The score that is plotted against the cost."""

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 560, 280, 50, 36, 12
LINE = 14
NAMES = 180
"""Pixels at the right, for the name of a run that is far there."""


def document(comparison: Comparison) -> str:
    """Return the page as HTML."""
    return "".join(_page(comparison))


def _page(comparison: Comparison) -> Iterator[str]:
    style = report.STYLE.read_text("utf-8")
    yield html_page.head(f"Runs of {comparison.dataset}", style)
    yield f"<h1>Settings side by side: <bdi>{text(comparison.dataset)}</bdi></h1>\n"
    minutes = comparison.seconds / 60
    yield f'<p class="headline">{counted(comparison.episodes, "episode")} that all '
    yield f"{len(comparison.runs)} runs have labels for; what labels cost is that of "
    yield f"{minutes:,.1f} min of video.</p>\n"
    yield from (f'<p class="note">{text(note, 600)}</p>\n' for note in comparison.notes)
    names = shown(comparison.runs)
    yield from _table(comparison, names)
    yield from _differences(comparison, names)
    yield from _cost(comparison)
    yield html_page.FOOT


def shown(runs: Sequence[Run]) -> list[str]:
    """Return the names of the scores that at least one run has, in their order."""
    return [
        name
        for name in COMPARED
        if any(run.figures.get(name, NO_FIGURE).value is not None for run in runs)
    ]


def _table(comparison: Comparison, names: Sequence[str]) -> Iterator[str]:
    yield '<div class="wide"><table><tr><th>run</th>'
    yield from (f'<th class="n">{text(COMPARED[name])}</th>' for name in names)
    yield '<th class="n">$ an hour</th><th>settings that differ</th></tr>\n'
    for run in comparison.runs:
        yield f'<tr><td class="run"><bdi>{text(run.name)}</bdi></td>'
        for name in names:
            figure = run.figures.get(name, NO_FIGURE)
            yield f'<td class="n">{value_text(figure)}'
            yield f'<br><span class="faint">{range_text(figure)}</span></td>'
        settings = "<br>".join(
            f"<bdi>{text(key)}: {text(value, 200)}</bdi>" for key, value in run.settings.items()
        )
        yield f'<td class="n">{_dollars(run)}</td><td>{settings or "-"}</td></tr>\n'
    yield "</table></div>\n"
    yield "<p>Under each score is its range of 95 %. F1 is that of borders within so many seconds, "
    yield "segments that at an overlap of 0.5. docs/evaluation.md defines each score.</p>\n"


def _dollars(run: Run) -> str:
    return "unknown" if run.usd_per_hour is None else f"${run.usd_per_hour:,.2f}"


def _differences(comparison: Comparison, names: Sequence[str]) -> Iterator[str]:
    if len(comparison.runs) < 2:
        return
    yield f"<h2>Compared with <bdi>{text(comparison.runs[0].name)}</bdi></h2>\n"
    yield "<p>Over the same episodes in both, so what makes an episode hard for both does not "
    yield "widen the range.</p>\n"
    yield '<div class="wide"><table><tr><th>run</th>'
    yield from (f"<th>{text(COMPARED[name])}</th>" for name in names)
    yield "</tr>\n"
    for run in comparison.runs[1:]:
        yield f'<tr><td class="run"><bdi>{text(run.name)}</bdi></td>'
        yield from (f"<td>{text(difference_text(run, name))}</td>" for name in names)
        yield "</tr>\n"
    yield "</table></div>\n"


def _cost(comparison: Comparison) -> Iterator[str]:
    known = [
        (run.usd_per_hour, value, run)
        for run in comparison.runs
        if run.usd_per_hour is not None
        and (value := run.figures.get(PLOTTED, NO_FIGURE).value) is not None
    ]
    if len(known) < 2 or not any(usd for usd, *_ in known):
        return
    yield "<h2>Score and cost</h2>\n<p>F1 of borders within 0.5 s, by what an hour of video costs. "
    yield f"All labels of a run are counted, {comparison.seconds / SECONDS_PER_HOUR:,.2f} h.</p>\n"
    most = max(usd for usd, *_ in known)
    yield f'<div class="wide"><svg width="{LEFT + WIDTH + NAMES}" height="{HEIGHT}">'
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        yield f'<path class="grid" d="M{LEFT} {number(_y(share))}h{WIDTH}"/>'
        yield f'<text class="faint" x="{LEFT - 8}" y="{_y(share) + 4:g}" text-anchor="end">'
        yield f"{share:g}</text>"
        yield f'<text class="faint" x="{number(LEFT + share * WIDTH)}" y="{HEIGHT - 14}"'
        yield ' text-anchor="middle">'
        yield f"${share * most:,.2f}</text>"
    # Names are moved down where they would cover one another.
    taken: list[tuple[float, float]] = []
    for usd, value, run in sorted(known, key=lambda each: -each[1]):
        x, figure = LEFT + usd / most * WIDTH, run.figures[PLOTTED]
        if figure.low is not None and figure.high is not None:
            ends = number(_y(figure.low)), number(_y(figure.high))
            yield f'<path class="range" d="M{number(x)} {ends[0]}V{ends[1]}"/>'
        yield f'<circle class="dot" cx="{number(x)}" cy="{number(_y(value))}" r="4"/>'
        below = _y(value) + 4
        while any(abs(x - at) < NAMES and abs(below - y) < LINE for at, y in taken):
            below += LINE
        taken.append((x, below))
        yield f'<text x="{number(x + 9)}" y="{number(below)}">{text(run.name, 30)}</text>'
    yield "</svg></div>\n"


def _y(value: float) -> float:
    return TOP + (1 - min(max(value, 0.0), 1.0)) * (HEIGHT - BOTTOM - TOP)
