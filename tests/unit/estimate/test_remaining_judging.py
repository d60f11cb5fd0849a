"""What judging labels will take: exactly where labels are there, and else a typical number."""

import json
from pathlib import Path
from typing import Any

import pytest

from subtasks import episode_facts
from subtasks.cost import prices
from subtasks.episode_facts import EpisodeFacts
from subtasks.estimate import remaining_judging
from subtasks.estimate.typical_answer import AnswerHabits
from subtasks.estimate.workload import Load
from subtasks.evaluation import truth_file
from subtasks.evaluation.truth_file import TrueSegment, Truth
from subtasks.workflow import plan
from subtasks.workflow.config import Config
from support import configs
from support.many_episodes import FPS, FRAMES, render
from support.workflow import PROJECT

MODEL = "claude-opus-4-7"
CAPACITY = prices.read(PROJECT / "config/prices.yaml").capacity(MODEL)
HALF = FRAMES / FPS / 2


def settings(folder: Path, **evaluate: Any) -> Config:
    return configs.read(
        datasets=[{"root": str(render(folder / "tiny", 2))}],
        **{key: str(folder / key) for key in ("work", "results", "corrections")},
        evaluate={"truth": "somewhere", "judge": True, **evaluate},
    )


def load(config: Config) -> Load:
    datasets = plan.read(config, warn=pytest.fail)
    habits = AnswerHabits(0.1)
    return remaining_judging.load("tiny", datasets, config, PROJECT, None, habits, CAPACITY)


def know(folder: Path, *labels: str) -> None:
    """Write true labels of both episodes, half an episode each."""
    parts = enumerate(labels)
    true = tuple(TrueSegment(HALF * i, HALF * (i + 1), label) for i, label in parts)
    episodes = dict.fromkeys(range(2), true)
    truth_file.write(folder / "work/tiny/truth.json", Truth("x", "folder", (), episodes))
    facts = dict.fromkeys(range(2), EpisodeFacts("Tidy up.", FRAMES))
    (folder / "work/tiny/episodes").mkdir(parents=True, exist_ok=True)
    episode_facts.write(folder / "work/tiny/episodes/000000-000015.json", facts)


def say(folder: Path, episode: int, *labels: str) -> None:
    entries = [{"time": HALF * i, "subtask": label} for i, label in enumerate(labels)]
    path = folder / f"results/tiny/subtasks/episode_{episode:06d}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(entries))


def test_before_anything_is_known_a_typical_number_is_assumed(tmp_path: Path) -> None:
    found = load(settings(tmp_path))
    assert (found.episodes, found.seconds, found.images) == (0, 0.0, 0)
    assert found.requests > 3
    assert 300 < found.input_tokens / found.requests < 1000


def test_known_true_labels_are_counted(tmp_path: Path) -> None:
    config = settings(tmp_path)
    know(tmp_path, "reach", "grasp the cup")
    assert load(config).requests == 2


def test_what_is_there_is_asked_about_and_nothing_else(tmp_path: Path) -> None:
    config = settings(tmp_path)
    know(tmp_path, "reach", "grasp the cup")
    say(tmp_path, 0, "Reach.", "take the cup")
    say(tmp_path, 1, "go there", "grasp cup")
    found = load(config)
    assert found.requests == 2
    say(tmp_path, 1, "reach", "grasp cup")
    assert load(config).requests == 1
    say(tmp_path, 0, "reach", "grasp cup")
    assert load(config) == Load()


def test_an_episode_that_failed_needs_no_question(tmp_path: Path) -> None:
    config = settings(tmp_path)
    know(tmp_path, "reach", "grasp the cup")
    say(tmp_path, 0, "reach", "take the cup")
    assert load(config).requests == 2
    say(tmp_path, 1)
    assert load(config).requests == 1


def test_without_a_judge_or_a_truth_nothing_is_asked(tmp_path: Path) -> None:
    assert load(settings(tmp_path / "a", judge=False)) == Load()
    assert load(settings(tmp_path / "b", truth=None)) == Load()
