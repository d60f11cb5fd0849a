"""Estimated tokens, corrected by what the API counts; against a server: test_cost."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from subtasks.api.connection import Connection
from subtasks.cost import prices, tokens
from subtasks.estimate import correction as correction_module
from subtasks.estimate.correction import EPISODES, correction
from subtasks.estimate.remaining import RemainingWork
from subtasks.estimate.typical_answer import AnswerHabits
from subtasks.questions.question import Jpeg, Question
from subtasks.workflow import plan
from support import configs, many_episodes, render
from support.many_episodes import FPS, FRAMES
from support.workflow import PROJECT

FACTOR = 2.5
CAPACITY = prices.read(PROJECT / "config/prices.yaml").capacity("claude-opus-4-7")
TIMES = [frame / FPS for frame in range(FRAMES)]


def work(root: Path, **sections: Any) -> RemainingWork:
    """What remains of a dataset of which nothing was asked."""
    folder = str(root.parent / "work")
    config = configs.read(datasets=[{"root": str(root)}], work=folder, **sections)
    found = RemainingWork(root.name, plan.read(config, warn=print), config, PROJECT)
    found.load(None, AnswerHabits(seconds_per_subtask=1.0))
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Twelve episodes, each with a video of its own."""
    root = many_episodes.render(tmp_path / "tiny", 12)
    for number, video in enumerate(sorted(root.rglob("*.mp4"))):
        render.video(video, FRAMES, codec="mpeg4", times=TIMES, first=number * FRAMES)
    return root


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Question]:
    """Questions whose tokens were counted, by an API that sees more than the formulas say."""
    seen: list[Question] = []

    def count(questions: Sequence[Question], connection: Connection) -> int:
        assert connection == Connection("anthropic", None, 8)
        seen.extend(questions)
        return round(FACTOR * sum(tokens.of_question(each, CAPACITY) for each in questions))

    monkeypatch.setattr(correction_module, "count", count)
    return seen


def test_episodes_are_sampled_for_it_and_not_kept(root: Path, counted: list[Question]) -> None:
    factor, sentence = correction([work(root)])
    assert factor == pytest.approx(FACTOR, rel=0.01)
    assert sentence.startswith("Input tokens are multiplied by 2.50: ")
    assert "questions about 5 episodes (5 of them sampled for this, and not kept)." in sentence
    # From the whole dataset, and each another one.
    assert len({question.key for question in counted}) == EPISODES
    assert all(isinstance(question.content[1], Jpeg) for question in counted)
    assert not (root.parent / "work").exists()


def test_few_episodes_are_all_counted(root: Path, counted: list[Question]) -> None:
    correction([work(root, max_episodes=2)])
    assert len(counted) == 2


def test_episodes_without_a_video_are_passed_over(root: Path, counted: list[Question]) -> None:
    """Such as those of a dataset on the Hub, of which nothing has been fetched yet."""
    remaining = work(root)
    for video in sorted(root.rglob("*.mp4"))[2:]:
        video.unlink()
    _, sentence = correction([remaining])
    assert len(counted) == 2
    assert "about 2 episodes" in sentence
    for video in root.rglob("*.mp4"):
        video.unlink()
    assert correction([remaining]) == (
        1.0,
        "No tokens were counted: no episode that remains to be asked about has a video.",
    )


def test_videos_that_cannot_be_read_are_not_counted(root: Path, counted: list[Question]) -> None:
    first, *others = sorted(root.rglob("*.mp4"))
    for video in others:
        video.write_bytes(b"no video")
    factor, _ = correction([work(root)])
    assert factor == pytest.approx(FACTOR, rel=0.01)
    assert len(counted) == 1
    first.write_bytes(b"no video")
    factor, sentence = correction([work(root)])
    assert factor == 1.0
    assert sentence == "No tokens were counted: the videos that were chosen cannot be read."


def test_a_video_that_is_no_file_counts_nothing(root: Path, counted: list[Question]) -> None:
    remaining = work(root, max_episodes=1)
    first = min(root.rglob("*.mp4"))
    first.unlink()
    first.mkdir()
    assert correction([remaining]) == (
        1.0,
        "No tokens were counted: the videos that were chosen cannot be read.",
    )
    assert not counted
