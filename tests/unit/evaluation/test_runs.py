"""Runs side by side: over the episodes that all have, each with its cost and its difference."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from subtasks.errors import Problem
from subtasks.evaluation import differences, runs, scores
from subtasks.evaluation.runs import Comparison, Labelled
from support.simulated_labels import population

EPISODES = population(3, 12)
BETTER = population(3, 12, shift=0.2)
F1 = "borders/0.5/f1"


def compared(*labelled: Labelled) -> Comparison:
    return runs.compare("demo", 1800.0, labelled)


def test_each_run_has_its_figures_and_its_difference_from_the_first() -> None:
    found = compared(
        Labelled("a", {"sample.fps": "2"}, EPISODES, 1.5),
        Labelled("b", {"sample.fps": "4"}, BETTER, 4.0),
    )
    first, second = found.runs
    assert (found.dataset, found.episodes, found.seconds, found.notes) == ("demo", 12, 1800.0, ())
    assert first.figures == scores.compute("", "", "", EPISODES, ()).figures
    assert first.difference is None
    assert second.difference == differences.differences(EPISODES, BETTER)
    assert second.difference[F1].value == pytest.approx(
        (second.figures[F1].value or 0) - (first.figures[F1].value or 0), abs=1e-5
    )
    assert (first.usd_per_hour, second.usd_per_hour) == (3.0, 8.0)
    assert second.settings == {"sample.fps": "4"}


def test_only_episodes_that_all_runs_have_are_compared() -> None:
    found = compared(
        Labelled("a", {}, EPISODES[:10], 0.0),
        Labelled("b", {}, BETTER[1:], None),
    )
    assert found.episodes == 9
    assert [run.episodes for run in found.runs] == [10, 11]
    assert found.runs[0].figures == scores.compute("", "", "", EPISODES[1:10], ()).figures
    assert found.notes == (
        "a has no labels for 2 episodes, which are not compared",
        "b has no labels for 1 episode, which are not compared",
    )
    assert (found.runs[0].usd_per_hour, found.runs[1].usd_per_hour) == (0.0, None)


def test_runs_without_a_common_episode_are_a_problem() -> None:
    other = [replace(EPISODES[0], episode=99)]
    with pytest.raises(Problem, match="no episode has labels of all runs"):
        compared(Labelled("a", {}, EPISODES, 0.0), Labelled("b", {}, other, 0.0))


def test_the_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    found = compared(Labelled("a", {"x": "1"}, EPISODES, None), Labelled("b", {}, BETTER, 2.0))
    path = tmp_path / "runs.json"
    runs.write(path, found)
    assert runs.read(path) == found


@pytest.mark.parametrize("change", [{"runs": 3}, {"runs": [{}]}, {"more": 1}, {"notes": None}])
def test_a_damaged_file_is_a_problem(tmp_path: Path, change: dict[str, Any]) -> None:
    path = tmp_path / "runs.json"
    runs.write(path, compared(Labelled("a", {}, EPISODES, None)))
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(Problem, match="is damaged: remove it and run again"):
        runs.read(path)
