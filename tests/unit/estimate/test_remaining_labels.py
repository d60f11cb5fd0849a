import json
from pathlib import Path
from typing import Any

import pytest

from subtasks.cost import prices
from subtasks.estimate import remaining_labels
from subtasks.estimate.typical_answer import AnswerHabits
from subtasks.estimate.workload import Load
from subtasks.questions.answers import Answer
from subtasks.questions.outcome import Outcome
from subtasks.questions.windows import Window
from subtasks.store import outcome_files
from subtasks.workflow import plan
from subtasks.workflow.config import Config
from support import configs
from support.many_episodes import FPS, FRAMES, render
from support.workflow import PROJECT

MODEL = "claude-opus-4-7"
CAPACITY = prices.read(PROJECT / "config/prices.yaml").capacity(MODEL)


def settings(folder: Path, episodes: int, **labels: Any) -> Config:
    return configs.read(
        datasets=[{"root": str(render(folder / "tiny", episodes))}],
        work=str(folder / "work"),
        vocabularies=str(folder),
        labels={"unify": True, **labels},
    )


def load(config: Config, seconds_per_subtask: float = 0.01) -> Load:
    datasets = plan.read(config, warn=pytest.fail)
    habits = AnswerHabits(seconds_per_subtask)
    return remaining_labels.load("tiny", datasets, config, PROJECT, None, habits, CAPACITY)


def say(folder: Path, episodes: int, *labels: str | None) -> None:
    """Write outcomes of the first episodes, each with a label; None for one that failed."""
    entries = [
        Answer((Window(0, 1, 0.0, FRAMES / FPS),), (said(label),)) if label else None
        for label in labels
    ]
    path = folder / f"work/tiny/outcomes/000000-{episodes:06d}.jsonl"
    path.parent.mkdir(parents=True)
    outcome_files.write(path, [Outcome(i, each, None) for i, each in enumerate(entries)])


def said(label: str) -> str:
    return json.dumps({"subtasks": [{"time": 0, "subtask": label}]})


def test_labels_that_nobody_has_said_yet_are_assumed(tmp_path: Path) -> None:
    found = load(settings(tmp_path, 4))
    assert (found.episodes, found.seconds, found.images, found.requests) == (0, 0.0, 0, 1)
    assert 500 < found.input_tokens < 2000
    # The number of labels grows with the root of the number of subtasks.
    more = load(settings(tmp_path / "more", 4), seconds_per_subtask=0.0025)
    ratio = more.output_tokens / found.output_tokens
    assert 1.8 < ratio < 2.2


def test_what_has_been_said_is_asked_about_and_nothing_else(tmp_path: Path) -> None:
    config = settings(tmp_path, 3)
    say(tmp_path, 15, "reach", "move there", None)
    found = load(config)
    assert found.requests == 1
    (tmp_path / "tiny.yaml").write_text("labels:\n  reach:\n    move there: 1\n")
    assert load(config) == Load()


def test_where_labels_are_not_unified_nothing_is_asked(tmp_path: Path) -> None:
    assert load(settings(tmp_path / "off", 2, unify=False)) == Load()
    assert load(settings(tmp_path / "closed", 2, vocabulary=["reach"])) == Load()
