"""The typical answer: as many subtasks as the user's limits allow, in words that can be read."""

import json
from typing import Any

import pytest

from subtasks.cost import prices, tokens
from subtasks.estimate import typical_answer
from subtasks.estimate.typical_answer import AnswerHabits, TypicalModel
from subtasks.questions.answers import EpisodeLimits, read_label, window_subtasks
from subtasks.questions.guidance import Guidance
from subtasks.questions.passes import DESCRIBE, RELABEL, SEGMENT
from subtasks.questions.question import Jpeg, Question
from subtasks.questions.windows import Window
from support.workflow import PROJECT

PRICES = prices.read(PROJECT / "config/prices.yaml")
MODEL = "claude-opus-4-7"
SECONDS = 30
IMAGES = 4
HABITS = AnswerHabits(seconds_per_subtask=2.0)
WHOLE = Window(0, IMAGES, 0.0, SECONDS)


def typical(
    guidance: Guidance | None = None, habits: AnswerHabits = HABITS, seconds: float = SECONDS
) -> TypicalModel:
    capacity = PRICES.capacity(MODEL)
    return TypicalModel(capacity, habits, guidance or Guidance(), seconds, IMAGES)


def question(purpose: str = SEGMENT, images: int = IMAGES, max_tokens: int = 8192) -> Question:
    content = (*(Jpeg(b"", 100, 100) for _ in range(images)), "What happens?")
    return Question(MODEL, max_tokens, None, None, content, purpose=purpose)


@pytest.mark.parametrize(
    ("guidance", "count"),
    [
        (Guidance(), 15),
        (Guidance(max_segments=4), 4),
        (Guidance(min_segment=5.0), 6),
        (Guidance(min_segment=1.0), 15),
        (Guidance(vocabulary=("reach", "grasp", "lift")), 15),
        (Guidance(vocabulary=("reach",), max_segments=1), 1),
    ],
)
def test_an_answer_keeps_to_what_the_user_says(guidance: Guidance, count: int) -> None:
    text, _ = typical(guidance).answer(question())
    limits = EpisodeLimits(10, SECONDS * 10, guidance)
    found, refused = window_subtasks(text, WHOLE, limits)
    assert not refused
    assert len(json.loads(text)["subtasks"]) == count
    assert {each.subtask for each in found} <= set(guidance.vocabulary or typical_answer.LABELS)


def test_even_a_short_episode_has_a_subtask() -> None:
    text, output = typical(seconds=0.1).answer(question())
    assert len(json.loads(text)["subtasks"]) == 1
    assert output > 0


def test_each_pass_has_an_answer_of_its_form() -> None:
    labelled, _ = typical().answer(question(RELABEL))
    assert read_label(labelled, EpisodeLimits(10, SECONDS * 10)) == typical_answer.LABELS[0]
    described, _ = typical().answer(question(DESCRIBE))
    notes = json.loads(described)["subtasks"]
    assert {note["subtask"] for note in notes} == {typical_answer.NOTE}
    assert len(notes) == round(15 * typical_answer.NOTES_PER_SUBTASK)


def test_a_window_is_answered_with_its_share() -> None:
    text, whole = typical().answer(question())
    assert whole == tokens.of_text(text)
    _, half = typical().answer(question(images=IMAGES // 2))
    assert half == pytest.approx(whole / 2, abs=1)
    # One subtask at the least.
    _, least = typical(Guidance(max_segments=2)).answer(question(images=0))
    one, _ = typical(Guidance(max_segments=1)).answer(question())
    assert least == pytest.approx(tokens.of_text(one), rel=0.2)


@pytest.mark.parametrize(
    ("habits", "output"),
    [
        (AnswerHabits(2.0, output={SEGMENT: 700.4}), 700),
        (AnswerHabits(2.0, thinking=500, output={SEGMENT: 700.4}), 700),
        (AnswerHabits(2.0, output={SEGMENT: 1e6}), 8192),
    ],
)
def test_what_was_measured_counts_instead(habits: AnswerHabits, output: int) -> None:
    assert typical(habits=habits).answer(question())[1] == output


def test_thinking_comes_on_top_of_an_answer_that_was_not_measured() -> None:
    _, without = typical().answer(question())
    habits = AnswerHabits(2.0, thinking=500, output={DESCRIBE: 5.0})
    assert typical(habits=habits).answer(question())[1] == without + 500


@pytest.mark.parametrize(
    ("model", "effort", "thinking"),
    [
        ("claude-opus-4-7", None, 0),
        ("claude-opus-4-7", "low", typical_answer.THINKING_TOKENS["low"]),
        ("claude-opus-5-5", None, typical_answer.THINKING_TOKENS["high"]),
        ("claude-opus-5-5", "medium", typical_answer.THINKING_TOKENS["medium"]),
    ],
)
def test_thinking_is_output(model: str, effort: Any, thinking: int) -> None:
    assert typical_answer.thinking(PRICES.capacity(model), effort) == thinking


@pytest.mark.parametrize(
    ("caption", "count"),
    [("Sheet 2: 5.00 s to 14.50 s", 8), ("t = 14.50 s", 8), ("no time at all", 15)],
)
def test_a_window_is_answered_with_nothing_that_is_not_shown(caption: str, count: int) -> None:
    content = ("t = 5.00 s", Jpeg(b"", 100, 100), caption, Jpeg(b"", 100, 100), "What happens?")
    text, _ = typical().answer(Question(MODEL, 8192, None, None, content, purpose=SEGMENT))
    assert len(json.loads(text)["subtasks"]) == count
