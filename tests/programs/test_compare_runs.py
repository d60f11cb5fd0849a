"""The program that compares runs: what is read of each, and what it costs."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from subtasks.evaluation import runs, score_files
from subtasks.evaluation.runs import Comparison
from subtasks.program import EXIT_PROBLEM
from support.simulated_labels import population
from support.workflow import PROJECT

EPISODES = {"a": population(5, 6), "b": population(5, 7, shift=0.1)}


def run(folder: Path, annotations: dict[str, Any], exit_code: int = 0) -> str:
    """Compare the two runs, whose labels are annotated as is said here."""
    listed = [{"name": name, "settings": {"claude.model": name}} for name in EPISODES]
    compared = {"dataset": "demo", "seconds": 1800.0, "runs": listed}
    (folder / "compared.json").write_text(json.dumps(compared))
    for name, episodes in EPISODES.items():
        score_files.write_episodes(folder / f"{name}.parquet", episodes)
        (folder / f"{name}.json").write_text(json.dumps(annotations[name]))
    command = [
        sys.executable,
        PROJECT / "scripts/compare_runs.py",
        *("--compared", "compared.json"),
        *("--episode-scores", "a.parquet", "b.parquet", "--annotations", "a.json", "b.json"),
        *("--output", "runs.json", "--report", "runs.html"),
    ]
    finished = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert finished.returncode == exit_code, finished.stderr
    return finished.stderr


def read(folder: Path) -> Comparison:
    return runs.read(folder / "runs.json")


def test_runs_are_compared_with_their_costs(tmp_path: Path) -> None:
    log = run(tmp_path, {"a": {"replies": 6, "usd": 1.25}, "b": {"replies": 7, "usd": 2.5}})
    assert "2 runs, 6 episodes" in log
    assert "b has no labels" not in log
    assert "a has no labels for 1 episode, which are not compared" in log
    found = read(tmp_path)
    assert [each.usd_per_hour for each in found.runs] == [2.5, 5.0]
    assert [each.settings for each in found.runs] == [
        {"claude.model": "a"},
        {"claude.model": "b"},
    ]
    page = (tmp_path / "runs.html").read_text()
    assert "demo" in page
    assert "$5.00" in page


def test_without_a_model_labels_cost_nothing_and_without_a_price_it_is_unknown(
    tmp_path: Path,
) -> None:
    run(tmp_path, {"a": {"annotator": "kinematic"}, "b": {"replies": 7, "usd": None}})
    assert [each.usd for each in read(tmp_path).runs] == [0.0, None]


@pytest.mark.parametrize("annotation", [[], "x"])
def test_a_damaged_annotation_is_a_problem(tmp_path: Path, annotation: Any) -> None:
    said = run(tmp_path, {"a": annotation, "b": {}}, exit_code=EXIT_PROBLEM)
    assert "a.json is damaged: remove it and run again" in said
