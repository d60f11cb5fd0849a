"""The report of a dataset's labels: one HTML file without scripts, for Snakemake's own report.

Whatever is foreign in it (labels, tasks, sentences, names) goes through `markup.text`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from subtasks.checks.finding import Checked
from subtasks.drawing import html_page, paints, time_axis
from subtasks.drawing.markup import text
from subtasks.review import label_bars, label_statistics
from subtasks.review.label_bars import TALL, THIN
from subtasks.review.label_statistics import LabelStatistics
from subtasks.review.overview_file import Episode, Overview
from subtasks.wording import counted

MAX_TALL = 300
"""Episodes beside which there is a line of text; the others of a large dataset have thin rows."""

MAX_LABELS = 500
"""Labels that are listed."""

MAX_LEGEND = 32
"""Labels above the bars."""

MAX_CHECKED = 1000
"""Episodes whose findings are listed."""

MAX_SENTENCES = 10
"""Findings of an episode that are listed."""

NUMBERED = 5
"""Every so many thin rows have a number."""

ACCOUNT = ("failures", "replies", "last_reply", "tokens", "usd", "prices")
"""What `meta/annotation.json` says of the cost; the rest are settings."""

DIGEST = 12
"""Characters of a SHA-256 that are shown."""

STYLE = Path(__file__).with_suffix(".css")


@dataclass(frozen=True, slots=True)
class Report:
    """What is reported of a dataset.

    `checks` are the episodes in which something was found, None if nobody has looked. `annotation`
    is what `meta/annotation.json` says, empty where nothing is known.
    """

    overview: Overview
    checks: Sequence[Checked] | None
    annotation: Mapping[str, Any]

    @property
    def found(self) -> dict[int, Checked]:
        """What the checks have found, by episode."""
        return {each.episode: each for each in self.checks or ()}


def page(report: Report) -> Iterator[str]:
    """Make the HTML file, piece by piece."""
    overview = report.overview
    statistics = label_statistics.count(overview.episodes, overview.fps)
    heights = f":root{{--tall:{TALL.pitch}px;--thin:{NUMBERED * THIN.pitch}px}}"
    yield html_page.head(f"Labels of {overview.dataset}", STYLE.read_text("utf-8") + heights)
    yield from _summary(report, statistics)
    yield from _episodes(report, statistics)
    yield from _labels(statistics)
    yield from _checks(report.checks)
    yield from _bill(report.annotation)
    yield from _settings(report.annotation)
    yield html_page.FOOT


# The parts ---------------------------------------------------------------------------------------


def _summary(report: Report, statistics: Sequence[LabelStatistics]) -> Iterator[str]:
    overview = report.overview
    seconds = sum(each.length for each in overview.episodes) / overview.fps
    segments = sum(each.segments for each in statistics)
    yield f"<h1>Labels of {_bdi(overview.dataset)}</h1>\n<p>"
    yield f"{counted(len(overview.episodes), 'episode')}, {_duration(seconds)} in all. "
    yield f"{counted(len(statistics), 'label')} in {counted(segments, 'segment')}. "
    if failed := sum(each.failure is not None for each in overview.episodes):
        yield f"{counted(failed, 'episode')} without labels. "
    if report.found:
        yield f"The checks have found something in {counted(len(report.found), 'episode')}."
    yield "</p>\n"


def _episodes(report: Report, statistics: Sequence[LabelStatistics]) -> Iterator[str]:
    overview = report.overview
    ordered = worst_first(report)
    tall, thin = _divided(ordered, report.found)
    ranks = {each.label: rank for rank, each in enumerate(statistics)}
    shown = time_axis.scale(
        (each.length / overview.fps for each in overview.episodes), 1 / overview.fps
    )
    checks = report.found
    marks = {
        each.episode: [f.time for f in each.findings if f.time is not None]
        for each in checks.values()
    }
    yield "<section><h2>Episodes</h2>\n<p>"
    if checks or any(each.failure is not None for each in overview.episodes):
        yield "Those that deserve a look come first."
    if any(marks.values()):
        yield " An arrow points to the time at which something was found."
    if any(each.mistakes for each in statistics):
        yield " A cross marks where the robot fails."
    yield '</p>\n<ul class="legend">'
    for rank, each in enumerate(statistics[:MAX_LEGEND]):
        yield f"<li>{paints.swatch(rank)}{_bdi(each.label)}</li>"
    if len(statistics) > MAX_LEGEND:
        yield f'<li class="faint">and {counted(len(statistics) - MAX_LEGEND, "other label")}</li>'
    yield '</ul>\n<div class="wide">'
    yield f'<div class="rows"><div></div>{time_axis.axis(shown)}<div></div>'
    yield '<div class="numbers">'
    yield from (f'<p title="{text(each.task)}">{each.episode}</p>' for each in tall)
    yield f"</div>{label_bars.bars(tall, ranks, shown, overview.fps, TALL, marks)}"
    yield '<div class="notes">'
    yield from (_note(each, checks.get(each.episode)) for each in tall)
    yield "</div>"
    if thin:
        yield '<div class="numbers thin">'
        yield from (f"<p>{each.episode}</p>" for each in thin[::NUMBERED])
        yield f"</div>{label_bars.bars(thin, ranks, shown, overview.fps, THIN)}"
        yield f'<p class="faint">{_about_others(thin, checks)}</p>'
    yield "</div></div></section>\n"


def _about_others(episodes: Sequence[Episode], checks: Mapping[int, Checked]) -> str:
    """Say what is known of the episodes in thin rows."""
    others = counted(len(episodes), "other episode")
    if any(each.episode in checks or each.failure is not None for each in episodes):
        return f"{others}, which can wait"
    return f"{others}, in which nothing was found"


def worst_first(report: Report) -> list[Episode]:
    """Order episodes by what deserves a look first: as the checks say, failed ones, the others."""
    scores = {episode: each.score for episode, each in report.found.items()}

    def urgency(each: Episode) -> tuple[float, bool, int]:
        return -scores.get(each.episode, 0.0), each.failure is None, each.episode

    return sorted(report.overview.episodes, key=urgency)


def _divided(
    ordered: Sequence[Episode], found: Collection[int]
) -> tuple[Sequence[Episode], Sequence[Episode]]:
    """Say which episodes have a line of text, and which have thin rows."""
    if len(ordered) <= MAX_TALL:
        return ordered, []
    noted = sum(each.episode in found or each.failure is not None for each in ordered)
    tall = min(noted, MAX_TALL)
    return ordered[:tall], ordered[tall:]


def _note(episode: Episode, checked: Checked | None) -> str:
    """Return the line of text beside an episode's bar."""
    sentences = [] if checked is None else [each.sentence for each in checked.findings]
    if episode.failure is not None and episode.failure not in sentences:
        sentences.insert(0, episode.failure)
    if not sentences:
        return "<p></p>"
    more = f" <span>(and {len(sentences) - 1} more)</span>" if len(sentences) > 1 else ""
    whole = text("\n".join(sentences[:MAX_SENTENCES]))
    return f'<p title="{whole}">{_bdi(sentences[0])}{more}</p>'


def _labels(statistics: Sequence[LabelStatistics]) -> Iterator[str]:
    yield "<h2>Labels</h2>\n"
    if not statistics:
        yield "<p>There are none.</p>\n"
        return
    has_mistakes = any(each.mistakes for each in statistics)
    yield '<div class="wide"><table><tr><th></th><th>label</th>'
    yield '<th class="n">segments</th><th class="n">episodes</th>'
    yield '<th class="n">typical length</th><th class="n">nine in ten</th><th class="n">in all</th>'
    yield '<th class="n">mistakes</th></tr>\n' if has_mistakes else "</tr>\n"
    for rank, each in enumerate(statistics[:MAX_LABELS]):
        yield f"<tr><td>{paints.swatch(rank)}</td><td>{_bdi(each.label)}</td>"
        yield f'<td class="n">{each.segments:,}</td><td class="n">{each.episodes:,}</td>'
        yield f'<td class="n">{each.typical:.1f} s</td>'
        yield f'<td class="n">{each.short:.1f} to {each.long:.1f} s</td>'
        yield f'<td class="n">{_duration(each.total)}</td>'
        yield f'<td class="n">{each.mistakes:,}</td></tr>\n' if has_mistakes else "</tr>\n"
    yield "</table></div>\n"
    if (more := len(statistics) - MAX_LABELS) > 0:
        yield f"<p>And {counted(more, 'other label')}, in fewer segments.</p>\n"


def _checks(found: Sequence[Checked] | None) -> Iterator[str]:
    yield "<h2>Checks</h2>\n"
    if found is None:
        yield "<p>There were none.</p>\n"
        return
    if not found:
        yield "<p>Nothing was found that deserves a look.</p>\n"
        return
    yield '<table><tr><th class="n">episode</th><th class="n">score</th><th>what</th></tr>\n'
    for each in found[:MAX_CHECKED]:
        yield f'<tr><td class="n">{each.episode}</td><td class="n">{each.score:.1f}</td><td><ul>'
        for finding in each.findings[:MAX_SENTENCES]:
            time = (
                "" if finding.time is None else f'<span class="faint">{finding.time:.1f} s: </span>'
            )
            yield f"<li>{time}{_bdi(finding.sentence)}</li>"
        if (more := len(each.findings) - MAX_SENTENCES) > 0:
            yield f'<li class="faint">and {more} more</li>'
        yield "</ul></td></tr>\n"
    yield "</table>\n"
    if (more := len(found) - MAX_CHECKED) > 0:
        yield f"<p>And {counted(more, 'other episode')}:"
        yield " <code>snakemake check</code> lists all.</p>\n"


def _bill(annotation: Mapping[str, Any]) -> Iterator[str]:
    yield "<h2>Bill</h2>\n"
    if "replies" not in annotation:
        yield "<p>No model was asked.</p>\n"
        return
    usd, replies = annotation.get("usd"), annotation["replies"]
    cost = (
        f"cost ${usd:,.2f}"
        if isinstance(usd, int | float)
        else "have a cost that is not known, because a model has no price"
    )
    yield f"<p>The labels come from {counted(int(replies), 'reply').replace('replys', 'replies')}"
    yield f" of the model, which {cost}, by the prices of {text(str(annotation.get('prices')))}."
    if last := annotation.get("last_reply"):
        yield f" The last arrived {text(str(last))}."
    yield "</p>\n"
    tokens = annotation.get("tokens")
    if isinstance(tokens, dict) and tokens:
        kinds = dict.fromkeys(kind for counts in tokens.values() for kind in counts)
        heads = "".join(f'<th class="n">{text(way)}</th>' for way in tokens)
        yield f"<table><tr><th>tokens</th>{heads}</tr>\n"
        for kind in kinds:
            cells = "".join(
                f'<td class="n">{counts.get(kind, 0):,}</td>' for counts in tokens.values()
            )
            yield f"<tr><td>{text(kind.replace('_', ' '))}</td>{cells}</tr>\n"
        yield "</table>\n"


def _settings(annotation: Mapping[str, Any]) -> Iterator[str]:
    yield "<h2>Settings</h2>\n"
    rows = list(_flat({k: v for k, v in annotation.items() if k not in ACCOUNT}))
    if not rows:
        yield "<p>They are not known.</p>\n"
        return
    yield "<table>"
    for name, value in rows:
        yield f'<tr><td class="name">{text(name)}</td><td>{_bdi(value)}</td></tr>\n'
    yield "</table>\n"


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Give the settings with dotted names, each with its value as text."""
    for key, value in values.items():
        match value:
            case {"name": str(name), "sha256": str(digest)}:
                yield f"{before}{key}", f"{name}, SHA-256 {digest[:DIGEST]}…"
            case dict():
                yield from _flat(value, f"{before}{key}.")
            case list():
                yield f"{before}{key}", ", ".join(map(str, value)) or "-"
            case None:
                yield f"{before}{key}", "-"
            case bool():
                yield f"{before}{key}", "yes" if value else "no"
            case _:
                yield f"{before}{key}", str(value)


def _duration(seconds: float) -> str:
    """Write a time in minutes, or in seconds if it is short."""
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:,.1f} min"


def _bdi(value: str) -> str:
    """Show a foreign text, whose direction of writing is its own."""
    return f"<bdi>{text(value)}</bdi>"
