"""The program that prints scores, or runs side by side."""

import subprocess
import sys
from pathlib import Path

from subtasks.evaluation import runs, score_files, summary
from subtasks.evaluation.runs import Labelled
from subtasks.evaluation.scores import compute
from support.simulated_labels import population
from support.workflow import PROJECT

EPISODES = population(5, 6)


def printed(*arguments: str | Path) -> str:
    command = [sys.executable, PROJECT / "scripts/evaluate.py", *arguments]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    return finished.stdout


def test_scores_and_where_the_report_is(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.json", "b.json")]
    found = [compute(path.stem, "truth", "folder", EPISODES, ()) for path in paths]
    for path, each in zip(paths, found, strict=True):
        score_files.write_scores(path, each)
    text = printed("--scores", *paths, "--reports", "a.html", "b.html")
    assert text == (
        f"{summary.scores_text(found[0])}\n\nreport: a.html\n\n"
        f"{summary.scores_text(found[1])}\n\nreport: b.html\n\n"
    )


def test_runs_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "runs.json"
    comparison = runs.compare("demo", 60.0, [Labelled("a", {}, EPISODES, 1.0)])
    runs.write(path, comparison)
    text = printed("--runs", path, "--reports", "runs.html")
    assert text == f"{summary.comparison_text(comparison)}\n\nreport: runs.html\n\n"
