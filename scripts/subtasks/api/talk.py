"""An episode's conversation in progress: its open questions, and what it has come to."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from subtasks.api.errors import Answered, Refused
from subtasks.episode_facts import EpisodeFacts
from subtasks.errors import Problem
from subtasks.questions.answers import Answer
from subtasks.questions.asking import Conversation, NoAnswer
from subtasks.questions.conversation import AskSettings
from subtasks.questions.outcome import Exchange, Outcome
from subtasks.questions.question import Question
from subtasks.questions.refinement import Refinement
from subtasks.questions.reply import Reply
from subtasks.store.replies import ReplyStore
from subtasks.wording import counted, one_line

log = logging.getLogger("subtasks")

Talk = Conversation[Answer] | Conversation[Refinement]


class Files(Protocol):
    """The files with which an episode is asked about: `archive` holds the images."""

    @property
    def archive(self) -> Path:
        """The archive."""

    def start(self, episode: int, task: str, settings: AskSettings) -> tuple[Talk, tuple[str, ...]]:
        """Read the files and return the conversation, and remarks about the images.

        Raises `NoAnswer` where there is nothing to ask about, and `Problem` for a damaged file.
        """


class EpisodeTalk:
    """The conversation about one episode.

    It starts when its `questions` are first looked at, which reads the episode's images. It
    keeps them in memory until it ends or `release_images` is called.
    """

    def __init__(
        self, episode: int, facts: EpisodeFacts, files: Files, settings: AskSettings
    ) -> None:
        self.episode = episode
        self._facts = facts
        self._files = files
        self._settings = settings
        self._conversation: Talk | None = None
        self._questions: list[Question] | None = None
        self._answer: Answer | Refinement | None = None
        self._reason: str | None = None
        self._exchanges: list[Exchange] = []
        self._replies: list[list[Reply]] = []
        self._at_fault: list[str] = []
        self._remarks = facts.remarks

    @property
    def questions(self) -> list[Question]:
        """The open questions; none once the conversation has ended."""
        if self._questions is None:
            self._advance()
        return self._questions or []

    def receive(self, answers: Sequence[Answered]) -> None:
        """Take the answers to all open questions, in their order.

        A refused question ends the conversation. The replies to the others count all the same:
        they were paid for.
        """
        replies = []
        for question, answer in zip(self.questions, answers, strict=True):
            if isinstance(answer, Refused):
                self._reason = str(answer)
                continue
            reply, stored = answer
            replies.append(reply)
            self._exchanges.append(Exchange.of(question, reply, stored=stored))
        if self._reason:
            self._end()
        else:
            self._replies.append(replies)
            self._advance()

    def release_images(self) -> None:
        """Free the images; they are read again when `questions` is next looked at."""
        if self._conversation is not None:
            self._conversation = self._questions = None

    @property
    def outcome(self) -> Outcome:
        """What the conversation has come to."""
        return Outcome(
            self.episode, self._answer, self._reason, tuple(self._exchanges), self._remarks
        )

    def discard_replies(self, store: ReplyStore) -> None:
        """Discard the replies that made the conversation fail, so that a later run asks again."""
        for key in self._at_fault:
            store.retire(key)

    def _advance(self) -> None:
        """Pass on the latest replies, or all of them after the images were released."""
        try:
            if self._conversation is None:
                self._conversation, self._questions = self._start()
                for replies in self._replies:
                    self._questions = self._conversation.send(replies)
            else:
                self._questions = self._conversation.send(self._replies[-1])
        except StopIteration as end:
            self._answer = end.value
            self._end()
        except NoAnswer as failure:
            self._reason = str(failure)
            self._at_fault = failure.keys or [each.question for each in self._exchanges]
            self._end()
        except Problem as problem:
            # Of the episode's own files: the others have theirs.
            self._reason = str(problem)
            self._end()
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
            # Nothing that a model answers about one episode may end the job of all.
            # The replies stay in the store, for a version that can read them.
            self._reason = f"its answer cannot be read ({_place(error)})"
            self._end()

    def _start(self) -> tuple[Talk, list[Question]]:
        """Read the episode's files and return the conversation with its first questions.

        Raises `NoAnswer` if the episode cannot be asked about, and `Problem` for a damaged file.
        """
        if self._facts.fault:
            raise NoAnswer(self._facts.fault)
        try:
            talk, remarks = self._files.start(self.episode, self._facts.task, self._settings)
            # A start that is repeated gives the same remarks.
            self._remarks = (*self._facts.remarks, *remarks)
            return talk, next(talk)
        except (NoAnswer, Problem, StopIteration):
            raise
        except OSError as error:
            where = error.filename or self._files.archive
            raise Problem(f"{where}: {error.strerror or error}: run again") from None
        except Exception as error:
            # Whatever a damaged archive makes of a manifest that can be read.
            raise Problem(
                f"{self._files.archive} is damaged ({_place(error)}): delete it and run again"
            ) from None

    def _end(self) -> None:
        self._questions = []
        self._conversation = None
        if self._reason:
            log.warning("episode %06d: %s", self.episode, self._reason)
        else:
            log.info(
                "episode %06d: answered, %s, %d from the store",
                self.episode,
                counted(self.outcome.asked, "request"),
                self.outcome.stored,
            )


def open_questions(talks: Iterable[EpisodeTalk]) -> Iterator[Question]:
    """Give the open questions of all conversations, with the images of one in memory at a time."""
    for talk in talks:
        yield from talk.questions
        talk.release_images()


def _place(error: Exception) -> str:
    """Say what an unforeseen error is and where it was raised, for whoever mends it."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f", {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__}{where}: {one_line(str(error))}"
