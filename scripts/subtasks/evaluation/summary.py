"""Scores and comparisons as tables in a terminal."""

from collections.abc import Sequence

from subtasks.evaluation.bootstrap import Figure
from subtasks.evaluation.borders import TOLERANCES
from subtasks.evaluation.overlaps import LABEL_OVERLAP, OVERLAPS, WGO_OVERLAP
from subtasks.evaluation.runs import Comparison, Run
from subtasks.evaluation.scores import KindOfBorder, Scores
from subtasks.tables import format_table
from subtasks.wording import counted, shorten_text

MOST_KINDS = 12
"""Kinds of border in the table; evaluation.html has all of them."""

MOST_CHARACTERS = 40
"""Characters of a setting in the table."""

COMPARED = {
    **{f"borders/{tolerance}/f1": f"F1 {tolerance:g} s" for tolerance in TOLERANCES[1:]},
    f"segments/{LABEL_OVERLAP}/f1": "segments",
    "frame_accuracy": "frames",
    "label_accuracy": "labels",
    "judged_accuracy": "judged",
}
"""What is shown of runs, with its heading."""


def scores_text(scores: Scores) -> str:
    """Return the scores of a dataset as text: what most people want to know of them."""
    many = f"{counted(scores.episodes, 'episode')} ({scores.duration / 60:.1f} min)"
    parts = [
        f"{scores.dataset}: {many}, compared with {scores.origin}",
        _table("borders within", [(f"{t:g} s", f"borders/{t}") for t in TOLERANCES], scores),
        _table("segments, overlap", [(f"{o:g}", f"segments/{o}") for o in OVERLAPS], scores),
        _singles(scores),
        _kinds(scores.kinds),
    ]
    text = "\n\n".join(filter(None, parts))
    return "\n".join([text, "", *map(_note, scores.notes)]) if scores.notes else text


def comparison_text(comparison: Comparison) -> str:
    """Return runs side by side, and by how much each differs from the first one."""
    names = [n for n in COMPARED if any(n in run.figures for run in comparison.runs)]
    names = [n for n in names if any(run.figures[n].value is not None for run in comparison.runs)]
    heads = ("run", *(COMPARED[name] for name in names), "$/hour", "settings")
    rows = [heads, *(_run_row(run, names) for run in comparison.runs)]
    first = comparison.runs[0].name
    lines = [
        f"{comparison.dataset}: {counted(comparison.episodes, 'episode')}",
        "",
        format_table(rows, align="<" + ">" * (len(heads) - 2) + "<", lines_above=(1,)),
    ]
    for run in comparison.runs[1:]:
        lines += ["", f"{run.name}, compared with {first}:"]
        lines += [f"  {COMPARED[name]}: {difference_text(run, name)}" for name in names]
    if comparison.notes:
        lines += ["", *map(_note, comparison.notes)]
    return "\n".join(lines)


def difference_text(run: Run, name: str) -> str:
    """Say by how much a run is better than the first one in a figure that is best at 1."""
    difference = (run.difference or {}).get(name, Figure(None))
    value, low, high = difference.value, difference.low, difference.high
    if value is None:
        return "not known"
    if low is None or high is None:
        return f"{value:+.2f} (with one episode, nobody knows how sure that is)"
    if low == high == 0:
        return "the same"
    if low > 0:
        return f"better by {value:.2f} ({low:.2f} to {high:.2f})"
    if high < 0:
        return f"worse by {-value:.2f} ({-high:.2f} to {-low:.2f})"
    return f"no difference shown ({low:+.2f} to {high:+.2f})"


def range_text(figure: Figure, decimals: int = 2) -> str:
    """Write the range of a figure; nothing if it has none."""
    if figure.low is None or figure.high is None:
        return "-"
    return f"{figure.low:.{decimals}f} to {figure.high:.{decimals}f}"


def value_text(figure: Figure, decimals: int = 2) -> str:
    """Write a figure; a line if it is not defined."""
    return "-" if figure.value is None else f"{figure.value:.{decimals}f}"


def _table(head: str, lines: Sequence[tuple[str, str]], scores: Scores) -> str:
    rows = [(head, "F1", "95 % range", "precision", "recall")]
    for words, name in lines:
        f1 = scores.figure(f"{name}/f1")
        precision, recall = (scores.figure(f"{name}/{each}") for each in ("precision", "recall"))
        rows.append(
            (words, value_text(f1), range_text(f1), value_text(precision), value_text(recall))
        )
    return format_table(rows, align="<>", lines_above=(1,))


def _singles(scores: Scores) -> str:
    lines = [
        ("median error of a border, s", "border_errors/median"),
        (
            f"F1 of segments with the right label, overlap {LABEL_OVERLAP:g}",
            f"labelled_segments/{LABEL_OVERLAP}/f1",
        ),
        ("edit score", "edit"),
        ("frames with the right label", "frame_accuracy"),
        (
            f"labels of segments that match (overlap {LABEL_OVERLAP:g}): same words",
            "label_accuracy",
        ),
        ("  same meaning, as judged", "judged_accuracy"),
        (f"WGO-Bench (overlap {WGO_OVERLAP:g}): segmentation F1", "wgo_bench/segmentation_f1"),
        ("  label accuracy", "wgo_bench/label_accuracy"),
        ("  end-to-end F1", "wgo_bench/end_to_end_f1"),
    ]
    rows = [("other scores", "score", "95 % range")]
    rows += [
        (words, value_text(scores.figure(name)), range_text(scores.figure(name)))
        for words, name in lines
        if name in scores.figures
    ]
    return format_table(rows, align="<>", lines_above=(1,))


def _kinds(kinds: Sequence[KindOfBorder]) -> str:
    if not kinds:
        return ""
    rows = [("borders of", "true", "within 1 s", "mean error", "bias", "95 % range of the bias")]
    for each in kinds[:MOST_KINDS]:
        error = "-" if each.error.value is None else f"{each.error.value:.2f} s"
        bias = "-" if each.bias.value is None else f"{each.bias.value:+.2f} s"
        rows.append(
            (each.kind, str(each.borders), str(each.matched), error, bias, range_text(each.bias))
        )
    table = format_table(rows, align="<>", lines_above=(1,))
    more = len(kinds) - MOST_KINDS
    return f"{table}\nand {counted(more, 'other kind')}" if more > 0 else table


def _run_row(run: Run, names: Sequence[str]) -> tuple[str, ...]:
    cost = "unknown" if run.usd_per_hour is None else f"${run.usd_per_hour:,.2f}"
    shown = ((key, shorten_text(value, MOST_CHARACTERS)) for key, value in run.settings.items())
    settings = "; ".join(f"{key}: {value}" for key, value in shown)
    figures = (value_text(run.figures.get(name, Figure(None))) for name in names)
    return (run.name, *figures, cost, settings)


def _note(sentence: str) -> str:
    return f"note: {sentence}"
