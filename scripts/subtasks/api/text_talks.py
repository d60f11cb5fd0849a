"""Conversations in text alone, which need no files: about labels, and not about an episode."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from subtasks.api.batches import BatchApi, asker_of
from subtasks.api.connection import Connection
from subtasks.api.errors import Answered, Refused, Unavailable
from subtasks.api.live import LiveApi, gather_all
from subtasks.cost.budget import Budget
from subtasks.questions.asking import Conversation, NoAnswer
from subtasks.questions.outcome import Exchange
from subtasks.questions.question import Question
from subtasks.questions.reply import Reply
from subtasks.store.replies import ReplyStore

T = TypeVar("T")


class TextTalk(Generic[T]):
    """A conversation in progress: its open `questions`, and the `exchanges` so far.

    Once there are no more questions, it has a `result`.
    """

    def __init__(self, conversation: Conversation[T]) -> None:
        self.questions: list[Question] = []
        self.exchanges: list[Exchange] = []
        self._conversation = conversation
        self._results: list[T] = []
        self._advance(lambda: next(conversation))

    @property
    def result(self) -> T:
        """What the conversation has come to, once it has ended."""
        [result] = self._results
        return result

    def receive(self, answers: Sequence[Answered]) -> None:
        """Take the answers to all open questions, in their order.

        The replies beside a refusal count all the same: they were paid for.
        """
        replies: list[Reply] = []
        refused: Refused | None = None
        for question, answer in zip(self.questions, answers, strict=True):
            if isinstance(answer, Refused):
                refused = answer
                continue
            reply, stored = answer
            replies.append(reply)
            self.exchanges.append(Exchange.of(question, reply, stored=stored))
        if refused:
            self._advance(lambda: self._conversation.throw(NoAnswer(str(refused))))
        else:
            self._advance(lambda: self._conversation.send(replies))

    def _advance(self, step: Callable[[], list[Question]]) -> None:
        try:
            self.questions = step()
        except StopIteration as end:
            self.questions = []
            self._results.append(end.value)


async def hold_live(
    talks: Sequence[TextTalk[T]],
    store: ReplyStore,
    budget: Budget,
    in_flight: int,
    connection: Connection,
    what: str,
) -> None:
    """Hold all conversations at once, with at most `in_flight` requests open.

    Raises `Unavailable` if the API does not answer; `what` says what it was asked about.
    """
    async with LiveApi(store, budget, in_flight, connection) as api:

        async def answer(question: Question) -> Answered:
            try:
                return await api.answer(question)
            except Refused as refused:
                return refused

        async def hold(talk: TextTalk[T]) -> None:
            while talk.questions:
                talk.receive(await gather_all([answer(each) for each in talk.questions]))

        try:
            await gather_all([hold(talk) for talk in talks])
        except Unavailable as error:
            raise error.of_all(what) from None


async def hold_in_batches(
    talks: Sequence[TextTalk[T]],
    store: ReplyStore,
    budget: Budget,
    poll_seconds: float,
    connection: Connection,
    output: Path,
) -> None:
    """Hold all conversations in rounds, whose questions go into the same batches.

    `output` is the file that the answers are for: it names the job.
    """

    def open_questions() -> Iterator[Question]:
        for talk in talks:
            yield from talk.questions

    async with BatchApi(store, budget, poll_seconds, connection, asker_of(output)) as api:
        while any(talk.questions for talk in talks):
            answers = await api.answers(open_questions)
            for talk in talks:
                if talk.questions:
                    talk.receive([answers[question.key] for question in talk.questions])
