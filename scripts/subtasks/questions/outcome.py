"""The result of asking about one episode."""

from dataclasses import dataclass
from typing import Self

from subtasks.questions.answers import Answer
from subtasks.questions.question import Question
from subtasks.questions.refinement import Refinement
from subtasks.questions.reply import Reply


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what its reply cost, whether new or taken from the store (`stored`).

    `question` is the key under which the reply is stored and `purpose` the pass that asked.
    `effort` is None if the model answered without thinking. `model`, `batch`, `usage` (tokens by
    kind) and `received` are those of the reply.
    """

    question: str
    purpose: str
    effort: str | None
    stored: bool
    model: str
    batch: bool
    usage: dict[str, int]
    received: str

    @classmethod
    def of(cls, question: Question, reply: Reply, *, stored: bool) -> Self:
        """Note a question and its reply."""
        return cls(
            question.key,
            question.purpose,
            question.effort,
            stored,
            reply.model,
            reply.batch,
            reply.usage,
            reply.received,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer about an episode or the reason why there is none, and the questions it took.

    The answer is about its subtasks, or a `Refinement` of their borders. `remarks` are sentences a
    person should read although there is an answer.
    """

    episode: int
    answer: Answer | Refinement | None
    reason: str | None
    exchanges: tuple[Exchange, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def asked(self) -> int:
        """Number of requests that were sent."""
        return sum(not exchange.stored for exchange in self.exchanges)

    @property
    def stored(self) -> int:
        """Number of replies that were taken from the store."""
        return sum(exchange.stored for exchange in self.exchanges)
