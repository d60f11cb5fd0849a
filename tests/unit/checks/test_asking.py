"""Answers that needed a second question."""

from subtasks.checks import asking
from subtasks.questions.answers import Answer
from subtasks.questions.outcome import Exchange, Outcome
from subtasks.questions.refinement import Refinement
from subtasks.questions.windows import Window
from subtasks.segments.borders import Border
from support.checked import sentences

WINDOW = Window(0, 5, 0.0, 1.5)
REFINED = Refinement((Border(1.0, 0.0, 2.0),), ("[]",))


def asked(*purposes: str) -> tuple[Exchange, ...]:
    return tuple(
        Exchange("k" * 64, purpose, None, False, "claude-a-1", False, {}, "")
        for purpose in purposes
    )


def said(*outcomes: Outcome) -> list[str]:
    return sentences(list(asking.check(outcomes)))


def test_one_question_for_each_part_is_usual() -> None:
    answer = Answer((WINDOW, WINDOW), ("[]", "[]"), ("a", "b"))
    exchanges = asked("describe", "segment", "describe", "segment", "relabel", "relabel")
    assert said(Outcome(0, answer, None, exchanges)) == []
    assert said(Outcome(0, REFINED, None, asked("refine"))) == []


def test_a_second_question_is_told() -> None:
    answer = Answer((WINDOW,), ("[]",), ("a",))
    exchanges = asked("segment", "segment", "relabel")
    assert said(
        Outcome(0, answer, None, exchanges), Outcome(0, REFINED, None, asked("refine", "refine"))
    ) == [
        "the model was asked twice about its subtasks: its first answer could not be used",
        "the model was asked twice about its borders: its first answer could not be used",
    ]


def test_an_episode_that_failed_has_a_reason_of_its_own() -> None:
    assert said(Outcome(0, None, "asked twice", asked("segment", "segment"))) == []
