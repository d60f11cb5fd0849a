"""Questions that wait for message batches, and what each round of batches brings them."""

from collections import Counter
from collections.abc import Iterable, Mapping

from subtasks.api.errors import Answered, Refused
from subtasks.errors import Problem
from subtasks.questions.question import Question
from subtasks.store.batch_ledger import Failure, Scope
from subtasks.store.replies import ReplyStore

MAX_TRIES = 3
UNMENTIONED = Failure(Scope.ATTEMPT, "no batch has it among its results")


class OpenQuestions:
    """The questions of one caller: `open`, or `found` by key what asking came to.

    `model` is the model that is asked.
    """

    def __init__(self, questions: Iterable[Question]) -> None:
        models = {question.key: question.model for question in questions}
        self.model = next(iter(models.values()), "")
        self.open = set(models)
        self.found: dict[str, Answered] = {}
        self._tries: Counter[str] = Counter()

    def take(self, store: ReplyStore, *, stored: bool) -> int:
        """Take the replies that a store has by now; how many that are.

        `stored` says whether they were there before anything was asked.
        """
        replies = {key: reply for key in self.open if (reply := store.get(key))}
        self.found |= {key: (reply, stored) for key, reply in replies.items()}
        self.open -= replies.keys()
        return len(replies)

    def tried(self, asked: Iterable[str], troubles: Mapping[str, Failure]) -> None:
        """Note what a round of batches came to for the questions it has not answered.

        A question counts as tried once a round, however many batches were taken for its own.
        It stays open, unless the API refuses it or this was the last of `MAX_TRIES`.
        """
        for key in self.open & set(asked):
            self._tries[key] += 1
            trouble = troubles.get(key, UNMENTIONED)
            if trouble.concerns is Scope.QUESTION:
                self._refuse(key, trouble.reason)
            elif self._tries[key] == MAX_TRIES:
                self._refuse(key, f"{MAX_TRIES} batches brought no answer: {trouble.reason}")

    def check(self, troubles: Mapping[str, Failure]) -> None:
        """Raise `Problem` where a trouble with an open question concerns all questions."""
        for key in self.open & troubles.keys():
            if troubles[key].concerns is Scope.ALL:
                raise Problem(troubles[key].reason)

    def _refuse(self, key: str, reason: str) -> None:
        self.open.remove(key)
        self.found[key] = Refused(reason)
