"""The page about runs: scores with ranges, differences in words, and cost."""

import re
from itertools import pairwise

from subtasks.evaluation import runs, runs_report
from subtasks.evaluation.runs import Comparison, Labelled
from subtasks.evaluation.summary import difference_text
from support.simulated_labels import population

EPISODES, BETTER = population(3, 12), population(3, 12, shift=0.2)


def compared(usd: float | None, settings: str = "4") -> Comparison:
    return runs.compare(
        "demo",
        3600.0,
        [
            Labelled("default", {"sample.fps": "2"}, EPISODES, 2.5),
            Labelled("<dense>", {"sample.fps": settings}, BETTER, usd),
        ],
    )


def test_what_is_needed_to_choose_is_on_the_page() -> None:
    comparison = compared(8.0)
    page = runs_report.document(comparison)
    for part in (
        "$2.50",
        "$8.00",
        "sample.fps: 4",
        "&lt;dense&gt;",
        "Score and cost",
        'class="dot"',
    ):
        assert part in page
    assert difference_text(comparison.runs[1], "borders/0.5/f1") in page
    assert "<dense>" not in page


def test_without_known_costs_nothing_is_plotted() -> None:
    page = runs_report.document(compared(None))
    assert "unknown" in page
    assert 'class="dot"' not in page


def test_a_single_run_is_compared_with_nothing() -> None:
    page = runs_report.document(runs.compare("demo", 60.0, [Labelled("a", {}, EPISODES, 0.0)]))
    assert "Compared with" not in page


def test_scores_that_no_run_has_are_left_out() -> None:
    assert "judged_accuracy" not in runs_report.shown(compared(1.0).runs)
    assert "frame_accuracy" in runs_report.shown(compared(1.0).runs)


def test_names_do_not_cover_one_another() -> None:
    labelled = [Labelled(name, {}, EPISODES, 2.5) for name in ("a", "b", "c")]
    page = runs_report.document(runs.compare("demo", 3600.0, labelled))
    heights = [float(y) for y in re.findall(r'<text x="[\d.]+" y="([\d.]+)">[abc]</text>', page)]
    assert len(heights) == 3
    assert all(b - a >= runs_report.LINE for a, b in pairwise(sorted(heights)))
