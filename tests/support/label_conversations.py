"""Conversations about labels, held with a model that is a function."""

from collections.abc import Callable
from typing import TypeVar

from subtasks.questions.asking import Conversation
from subtasks.questions.question import Question
from subtasks.questions.reply import Reply

T = TypeVar("T")
Model = Callable[[Question], str | Reply]


def hold(talk: Conversation[T], model: Model) -> tuple[T, list[str]]:
    """Hold a conversation; return what came of it, and the questions' texts."""
    asked: list[str] = []
    try:
        [question] = next(talk)
        while True:
            asked.append("\n".join(map(str, question.content)))
            given = model(question)
            reply = Reply(given, "end_turn", "m", {}) if isinstance(given, str) else given
            [question] = talk.send([reply])
    except StopIteration as end:
        return end.value, asked


def one_after_another(*answers: str | Reply) -> Model:
    """Return a model that gives these answers in turn."""
    remaining = iter(answers)
    return lambda _: next(remaining)
