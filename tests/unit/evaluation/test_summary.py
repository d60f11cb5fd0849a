"""Scores and comparisons in words and tables."""

from dataclasses import replace

import pytest

from subtasks.evaluation import runs, summary
from subtasks.evaluation.bootstrap import Figure
from subtasks.evaluation.runs import Labelled, Run
from subtasks.evaluation.scores import Scores, compute
from support.simulated_labels import population

EPISODES = population(5, 20)
SCORES = compute("demo", "data/truth", "folder", EPISODES, ["One episode is odd."])


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_the_scores_of_a_dataset() -> None:
    figures = {
        "borders/0.5/f1": Figure(0.914, 0.8, 0.97),
        "borders/0.5/precision": Figure(0.9),
        "borders/0.5/recall": Figure(0.93),
        "frame_accuracy": Figure(0.5, 0.25, 0.75),
        "label_accuracy": Figure(None),
    }
    said = lines(summary.scores_text(replace(SCORES, figures=figures, kinds=())))
    minutes = SCORES.duration / 60
    assert said[0] == f"demo: 20 episodes ({minutes:.1f} min), compared with data/truth"
    assert "borders within F1 95 % range precision recall" in said
    assert "0.5 s 0.91 0.80 to 0.97 0.90 0.93" in said
    assert "0.25 s - - - -" in said
    assert "frames with the right label 0.50 0.25 to 0.75" in said
    assert said[-1] == "note: One episode is odd."
    # What was not measured has no line, what is not defined has no figure.
    assert not any("edit score" in line for line in said)
    assert any(line.endswith("same words - -") for line in said)


def test_each_kind_of_border_has_a_line() -> None:
    said = summary.scores_text(SCORES)
    [grasp] = [kind for kind in SCORES.kinds if kind.kind == "grasp"]
    [line] = [each for each in lines(said) if each.startswith("grasp ")]
    bias = grasp.bias.value
    assert bias is not None
    assert line.startswith(f"grasp {grasp.borders} {grasp.matched} ")
    assert f" {bias:+.2f} s " in line
    many = replace(SCORES, kinds=tuple(replace(grasp, kind=f"k{i}") for i in range(20)))
    assert "and 8 other kinds" in summary.scores_text(many)


def test_a_single_episode_has_no_ranges() -> None:
    one: Scores = compute("demo", "x", "y", EPISODES[:1], ())
    assert "demo: 1 episode " in summary.scores_text(one)
    assert " to " not in summary.scores_text(replace(one, kinds=()))


def test_runs_side_by_side() -> None:
    comparison = runs.compare(
        "demo",
        3600.0,
        [
            Labelled("default", {"sample.fps": "2", "labels.context": "-"}, EPISODES, 2.5),
            Labelled("dense", {"sample.fps": "4", "labels.context": "y" * 90}, EPISODES, None),
        ],
    )
    said = lines(summary.comparison_text(comparison))
    assert said[0] == "demo: 20 episodes"
    [first] = [line for line in said if line.startswith("default ")]
    assert first.endswith(" $2.50 sample.fps: 2; labels.context: -")
    [second] = [line for line in said if line.startswith("dense ") and "compared" not in line]
    assert " unknown sample.fps: 4; labels.context: yyy" in second
    assert len(second) < 200
    assert "dense, compared with default:" in said
    assert "segments: the same" in said
    # Nothing was judged, so there is no such column.
    assert "judged" not in " ".join(said)


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (Figure(0.08, 0.03, 0.13), "better by 0.08 (0.03 to 0.13)"),
        (Figure(-0.08, -0.13, -0.03), "worse by 0.08 (0.03 to 0.13)"),
        (Figure(0.02, -0.02, 0.05), "no difference shown (-0.02 to +0.05)"),
        (Figure(0.0, 0.0, 0.0), "the same"),
        (Figure(0.02), "+0.02 (with one episode, nobody knows how sure that is)"),
        (Figure(None), "not known"),
    ],
)
def test_a_difference_in_words(figure: Figure, text: str) -> None:
    run = Run("b", {}, 3, None, None, {}, {"edit": figure})
    assert summary.difference_text(run, "edit") == text
    assert summary.difference_text(run, "other") == "not known"
