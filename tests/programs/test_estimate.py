"""The program of rule estimate: a table of what is still to be asked, and what it assumes.

Whether the figures are right: tests/unit/estimate, and tests/workflow/test_cost.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from support import configs, programs
from support.many_episodes import render
from support.workflow import PROJECT


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return render(tmp_path / "tiny", 4)


def estimate(root: Path, *others: Path, **sections: Any) -> str:
    """Run the program with the settings of a run in the dataset's folder."""
    folder = root.parent
    folders = {name: str(folder / name) for name in ("work", "results", "replies")}
    datasets = [{"root": str(each)} for each in (root, *others)]
    config = configs.filled(datasets=datasets, **folders, **sections)
    (folder / "config.json").write_text(json.dumps(config))
    return programs.printed("estimate.py", "--config", folder / "config.json")


def test_a_row_for_each_dataset_and_what_it_assumes(root: Path, tmp_path: Path) -> None:
    printed = estimate(root, render(tmp_path / "small", 2))
    table, remarks = printed.split("\n\n")
    lines = [line.split("  ")[0] for line in table.splitlines()]
    assert lines == ["dataset", "tiny", "small", "all"]
    assert "6 of 6" in table
    assert remarks.splitlines() == [
        'Prices of 2026-09-30. "/hour" is per hour of video still to be labelled.',
        "Output tokens are a guess (one subtask every 2.0 s) until the first answers are in.",
        "tiny, small: the metadata does not give the size of the frames; 640x480 is assumed.",
    ]
    assert not (tmp_path / "replies").exists()
    assert not (tmp_path / "work").exists()


def test_thinking_is_assumed_where_the_model_thinks(root: Path) -> None:
    printed = estimate(root, claude={"effort": "low"})
    assert "(one subtask every 2.0 s, 500 tokens of thinking per request)" in printed


def test_a_model_without_a_price(root: Path) -> None:
    printed = estimate(root, claude={"model": "claude-unknown"})
    assert "claude-unknown has no price in config/prices.yaml: add it there" in printed
    assert "unknown" in printed.splitlines()[1]


def test_without_a_model_nothing_is_paid(root: Path) -> None:
    assert estimate(root, annotator="kinematic") == (
        "annotator: kinematic asks no model and costs nothing\n"
    )


def test_tokens_are_counted_on_request(root: Path) -> None:
    """Here there are only empty videos, so there is nothing to count."""
    printed = estimate(root, estimate={"count_tokens": True})
    assert "No tokens were counted: the videos that were chosen cannot be read.\n" in printed


def test_a_prompt_of_ones_own_is_counted(root: Path, tmp_path: Path) -> None:
    def tokens_in(printed: str) -> int:
        return int(printed.splitlines()[1].split()[6].replace(",", ""))

    prompt = tmp_path / "mine.md"
    prompt.write_text((PROJECT / "config/prompts/segment.md").read_text() + 1000 * "More words. ")
    mine = estimate(root, labels={"prompts": {"segment": str(prompt)}})
    assert tokens_in(mine) > tokens_in(estimate(root)) + 4 * 1000
