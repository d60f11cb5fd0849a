"""How a conversation goes: it yields questions, is sent replies, and asks once more if it must."""

from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

from subtasks.questions.answer_text import sendable
from subtasks.questions.question import Question
from subtasks.questions.reply import Reply
from subtasks.segments.segment import Unusable

T = TypeVar("T")
Conversation = Generator[list[Question], list[Reply], T]
"""Yields questions, is sent as many replies in the same order, and returns its result."""


class NoAnswer(Exception):
    """Why an episode has no usable answer, in one sentence.

    `questions` are those whose answers are to blame; empty if all of them together are.
    """

    def __init__(self, reason: str, questions: Sequence[Question] = ()) -> None:
        super().__init__(reason)
        self.keys = [question.key for question in questions]


def together(conversations: Sequence[Conversation[T]]) -> Conversation[list[T]]:
    """Hold several conversations at once: each turn yields the questions of all of them."""
    results: dict[int, T] = {}
    waiting: dict[int, list[Question]] = {}

    def advance(number: int, replies: list[Reply] | None) -> None:
        conversation = conversations[number]
        try:
            waiting[number] = next(conversation) if replies is None else conversation.send(replies)
        except StopIteration as end:
            results[number] = end.value

    for number in range(len(conversations)):
        advance(number, None)
    while waiting:
        turn, waiting = waiting, {}
        replies = yield [question for questions in turn.values() for question in questions]
        remaining = iter(replies)
        for number, questions in turn.items():
            advance(number, [next(remaining) for _ in questions])
    return [results[number] for number in range(len(conversations))]


def ask(question: Question, check: Callable[[str], object]) -> Conversation[str]:
    """Ask, and ask once more if the answer does not pass the check. Raises `NoAnswer`."""
    [reply] = yield [question]
    fault = _fault(reply, [question], check)
    if fault:
        again = question.again(sendable(reply.text), fault)
        [reply] = yield [again]
        fault = _fault(reply, [question, again], check)
        if fault:
            raise NoAnswer(f"the answer could not be used, asked twice: {fault}", [question, again])
    return reply.text


def _fault(reply: Reply, asked: list[Question], check: Callable[[str], object]) -> str | None:
    """Say what is wrong with a reply; None if nothing is. Raises `NoAnswer` if asking is futile."""
    match reply.stop_reason:
        case "refusal":
            raise NoAnswer("the model refused to answer", asked)
        case "model_context_window_exceeded":
            raise NoAnswer("the question is too long for the model: lower sample.max_frames", asked)
        case "max_tokens":
            return f"it was cut off after {asked[0].max_tokens} tokens (claude.max_tokens)"
    try:
        check(reply.text)
    except Unusable as unusable:
        return clause(unusable)
    return None


def clause(unusable: Unusable) -> str:
    """Return the reason as a clause, to put into a sentence."""
    return str(unusable).rstrip(".")
