"""The scores of a dataset as a page for people: one HTML file without scripts.

Whatever is foreign in it (labels, names, sentences) goes through `markup.text`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from subtasks.drawing import html_page, paints, time_axis
from subtasks.drawing.markup import text
from subtasks.evaluation import compared_bars, confusion, error_plot, figure_table
from subtasks.evaluation import scores as sums
from subtasks.evaluation.bootstrap import Figure
from subtasks.evaluation.borders import TOLERANCES
from subtasks.evaluation.compared import ComparedEpisode
from subtasks.evaluation.episode_scores import EpisodeScores
from subtasks.evaluation.overlaps import LABEL_OVERLAP, OVERLAPS, WGO_OVERLAP
from subtasks.evaluation.scores import KindOfBorder, Scores
from subtasks.evaluation.summary import range_text, value_text
from subtasks.wording import counted

MOST_EPISODES = 1000
"""Episodes that are drawn: the worst ones."""

MOST_LEGEND = 32
"""Labels above the bars."""

STYLE = Path(__file__).with_suffix(".css")

_NUMBERS = '<th class="n">precision</th><th class="n">recall</th>'


@dataclass(frozen=True, slots=True)
class Report:
    """What is reported: the scores, the counts of each episode, and the labels at `fps`.

    `episodes` are those that are drawn (see `drawn`).
    """

    scores: Scores
    counts: Sequence[EpisodeScores]
    episodes: Sequence[ComparedEpisode]
    fps: float


def page(report: Report) -> Iterator[str]:
    """Make the HTML file, piece by piece."""
    scores = report.scores
    pitch = f":root{{--pitch:{compared_bars.PITCH}px}}"
    yield html_page.head(f"Scores of {scores.dataset}", STYLE.read_text("utf-8") + pitch)
    yield from _summary(scores, report.counts)
    yield from _borders(scores)
    yield from _kinds(scores.kinds, report.counts)
    yield from _segments(scores)
    yield from _labels(scores, report.counts)
    yield from _episodes(report)
    yield html_page.FOOT


def _summary(scores: Scores, counts: Sequence[EpisodeScores]) -> Iterator[str]:
    yield f"<h1>How good the labels of <bdi>{text(scores.dataset)}</bdi> are</h1>\n"
    recall, precision = (scores.figure(f"borders/0.5/{name}") for name in ("recall", "precision"))
    minutes = f"{scores.duration / 60:,.1f} min"
    yield f'<p class="headline">{counted(scores.episodes, "episode")} ({minutes}), compared with '
    yield f"<bdi>{text(scores.origin)}</bdi> ({text(scores.form)}). "
    if recall.value is not None:
        borders = sum(each.true_borders for each in counts)
        yield f"Of {borders:,} true borders, {_percent(recall)} are found within half a second"
        yield (
            "."
            if precision.value is None
            else (f"; of the found ones, {_percent(precision)} are true.")
        )
    yield "</p>\n<p>A range says what other episodes like these could give, in 95 of 100 cases; it "
    yield "says nothing about another robot or another task. docs/evaluation.md defines each "
    yield "score.</p>\n"
    yield from (f'<p class="note">{text(note, 600)}</p>\n' for note in scores.notes)


def _percent(figure: Figure) -> str:
    if figure.value is None:
        return "-"
    if figure.low is None or figure.high is None:
        return f"{_whole(figure.value)} %"
    return f"{_whole(figure.value)} % ({_whole(figure.low)} to {_whole(figure.high)} %)"


def _whole(share: float) -> int:
    """Return a share in percent; only what is all is 100, and only what is nothing is 0."""
    return round(100 * share) if share in (0, 1) else min(max(round(100 * share), 1), 99)


def _borders(scores: Scores) -> Iterator[str]:
    yield "<h2>Borders</h2>\n"
    yield "<p>The times at which one subtask ends and the next begins, whatever they are called. A "
    yield "found and a true border count as one if they are at most so far apart.</p>\n"
    rows = [(f"{t:g} s", f"borders/{t}") for t in TOLERANCES]
    yield figure_table.table("F1 within", [_agreement(scores, *row) for row in rows], _NUMBERS)
    median, bias = scores.figure("border_errors/median"), scores.figure("border_errors/bias")
    if median.value is not None and bias.value is not None:
        yield f"<p>Half of the borders that are found within 1 s are at most {median.value:.2f} s "
        yield f"away ({range_text(median)}). On average they are found {_late(bias.value)} "
        yield f"({_signed(bias)} s).</p>\n"


def _late(bias: float) -> str:
    if round(bias, 2) == 0:
        return "neither too late nor too early"
    return f"{abs(bias):.2f} s too {'late' if bias > 0 else 'early'}"


def _signed(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return "-"
    # No negative zero.
    return f"{round(figure.low, 2) + 0.0:+.2f} to {round(figure.high, 2) + 0.0:+.2f}"


def _agreement(scores: Scores, words: str, name: str) -> tuple[str, Figure, Sequence[Figure]]:
    precision, recall = (scores.figure(f"{name}/{each}") for each in ("precision", "recall"))
    return text(words), scores.figure(f"{name}/f1"), (precision, recall)


def _kinds(kinds: Sequence[KindOfBorder], counts: Sequence[EpisodeScores]) -> Iterator[str]:
    if not kinds:
        return
    yield "<h2>How far borders are off</h2>\n"
    yield "<p>By the first word of the true label that begins there. A ring is a border (at most "
    yield f"{error_plot.MOST_RINGS} of a kind are drawn), the thick line the mean of all. A border "
    yield "that is off by the same in every episode is a matter of definition: say in the protocol "
    yield "when it begins.</p>\n"
    yield f'<div class="wide">{error_plot.plot(kinds, error_plot.errors(counts))}</div>\n'
    if (more := len(kinds) - error_plot.MOST_KINDS) > 0:
        yield f"<p>And {counted(more, 'other kind')}, in scores.json.</p>\n"


def _segments(scores: Scores) -> Iterator[str]:
    yield "<h2>Segments</h2>\n"
    yield "<p>A found and a true segment count as one if what they have in common is at least so "
    yield "much of what they cover together.</p>\n"
    rows = [(f"{k:g}", f"segments/{k}") for k in OVERLAPS]
    yield figure_table.table("F1 at overlap", [_agreement(scores, *row) for row in rows], _NUMBERS)


def _labels(scores: Scores, counts: Sequence[EpisodeScores]) -> Iterator[str]:
    yield "<h2>Labels</h2>\n"
    yield "<p>Labels say the same if their words are the same, but for case, articles and "
    yield "punctuation.</p>\n"
    names = {
        "label_accuracy": f"segments that match (overlap {LABEL_OVERLAP:g}): same words",
        "judged_accuracy": "the same: same meaning, as a model judged",
        "frame_accuracy": "frames with the right label",
        "edit": "edit score: the right labels in the right order",
        **{
            f"labelled_segments/{k}/f1": f"F1 of segments with the right label, overlap {k:g}"
            for k in OVERLAPS
        },
        "wgo_bench/segmentation_f1": f"WGO-Bench: segmentation F1 (overlap {WGO_OVERLAP:g})",
        "wgo_bench/label_accuracy": "WGO-Bench: label accuracy",
        "wgo_bench/end_to_end_f1": "WGO-Bench: end-to-end F1",
    }
    rows = [(words, scores.figures[n], ()) for n, words in names.items() if n in scores.figures]
    yield figure_table.table("", rows)
    if scores.confusion:
        yield "<h2>What is called what</h2>\n"
        # Not that of the scores, which lists a part of many.
        yield from confusion.table(sums.confusion(counts))


def worst_first(counts: Sequence[EpisodeScores]) -> list[EpisodeScores]:
    """Order episodes: the lowest F1 of borders within 0.5 s first, then fewest right frames."""

    def goodness(each: EpisodeScores) -> tuple[float, float, int]:
        f1, frames = each.border_f1(compared_bars.TOLERANCE), each.frame_accuracy
        return (1.0 if f1 is None else f1, 1.0 if frames is None else frames, each.episode)

    return sorted(counts, key=goodness)


def drawn(counts: Sequence[EpisodeScores]) -> list[int]:
    """Return the numbers of the episodes that are drawn: the worst ones."""
    return sorted(each.episode for each in worst_first(counts)[:MOST_EPISODES])


def _episodes(report: Report) -> Iterator[str]:
    labels: Mapping[int, ComparedEpisode] = {each.episode: each for each in report.episodes}
    ordered = [
        (each, labels[each.episode])
        for each in worst_first(report.counts)
        if each.episode in labels
    ]
    shown = time_axis.scale(
        (each.length / report.fps for _, each in ordered), 1 / report.fps, compared_bars.WIDTH
    )
    texts = compared_bars.order(each for _, each in ordered)
    yield "<h2>Episodes</h2>\n<p>Found above true, the worst first. A triangle above marks a "
    yield "border that was found and is not true within half a second, one below a true border "
    yield "that was not found.</p>\n"
    if len(ordered) < len(report.counts):
        yield f"<p>Drawn are the worst {len(ordered):,} of {len(report.counts):,} episodes; all "
        yield "are in episodes.parquet.</p>\n"
    yield '<ul class="legend">'
    for rank, words in list(texts.values())[:MOST_LEGEND]:
        yield f"<li>{paints.swatch(rank)}<bdi>{text(words)}</bdi></li>"
    if (more := len(texts) - MOST_LEGEND) > 0:
        yield f'<li class="faint">and {counted(more, "other label")}</li>'
    yield '</ul>\n<div class="wide"><div class="compared">'
    yield f"<div></div>{time_axis.axis(shown)}<div></div>"
    yield '<div class="numbers">'
    yield from (f"<p>{each.episode}</p>" for _, each in ordered)
    yield f"</div>{compared_bars.bars([each for _, each in ordered], texts, shown, report.fps)}"
    yield "<div>"
    for counts, _ in ordered:
        f1 = value_text(Figure(counts.border_f1(compared_bars.TOLERANCE)))
        frames = value_text(Figure(counts.frame_accuracy))
        yield f"<p><span>borders {f1}</span><span>frames {frames}</span></p>"
    yield "</div></div></div>\n"
