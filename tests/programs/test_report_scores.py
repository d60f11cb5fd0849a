"""The program that draws scores: a page that a browser shows and that asks nobody for anything."""

import subprocess
import sys
from pathlib import Path

import pytest

from subtasks.program import EXIT_PROBLEM
from support.browser import Browser
from support.evaluation_files import EvaluationFiles
from support.workflow import PROJECT

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def files(tmp_path: Path) -> EvaluationFiles:
    files = EvaluationFiles(tmp_path)
    found = [(0.0, "reach"), (1.2, HOSTILE), (2.0, "lift")]
    files.write_labels(dict.fromkeys(range(4), found) | {3: [(0.0, "reach")]})
    files.write_truth({n: [(0.0, 1.0, "reach"), (1.0, 3.0, HOSTILE)] for n in range(4)})
    files.write_facts(dict.fromkeys(range(4), 30))
    run("score_labels", files, "--dataset=demo", "--episodes=0-3", "--output=scores.json")
    return files


def run(name: str, files: EvaluationFiles, *options: str, exit_code: int = 0) -> str:
    command = [sys.executable, PROJECT / f"scripts/{name}.py", *map(str, files.arguments())]
    command += ["--episode-scores=episodes.parquet", *options]
    finished = subprocess.run(
        command, cwd=files.folder, capture_output=True, text=True, check=False
    )
    assert finished.returncode == exit_code, finished.stderr
    return finished.stderr


def draw(files: EvaluationFiles, **expected: int) -> str:
    return run("report_scores", files, "--scores=scores.json", "--output=page.html", **expected)


def test_a_browser_shows_the_page_at_any_width(files: EvaluationFiles, browser: Browser) -> None:
    assert "4 episodes, 4 drawn" in draw(files)
    with browser.page((files.folder / "page.html").as_uri()) as page:
        assert page.title() == "Scores of demo"
        # The worst episode is the first.
        assert page.locator(".compared .numbers p").all_text_contents() == ["3", "0", "1", "2"]
        assert page.locator("svg.errors").is_visible()
        assert page.locator("img").count() == 0
        for width in (1280, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_damaged_file_is_a_problem(files: EvaluationFiles) -> None:
    (files.folder / "scores.json").write_text("{}")
    assert "scores.json is damaged" in draw(files, exit_code=EXIT_PROBLEM)
