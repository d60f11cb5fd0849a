"""The questions one job waits for, over all the rounds of message batches they take."""

from collections import Counter
from collections.abc import Iterable, Mapping

from subtasks.api.errors import Answered, Refused
from subtasks.errors import Problem
from subtasks.questions.question import Question
from subtasks.store.batch_ledger import Failure, Scope
from subtasks.store.replies import ReplyStore

MAX_ROUNDS = 3
NOT_IN_RESULTS = Failure(Scope.ATTEMPT, "no batch has it among its results")


class OpenQuestions:
    """Questions that are open, as a set of `keys`, or answered, as `answers` by key.

    All of them ask the same `model`.
    """

    def __init__(self, questions: Iterable[Question]) -> None:
        models = {question.key: question.model for question in questions}
        self.model = next(iter(models.values()), "")
        self.keys = set(models)
        self.answers: dict[str, Answered] = {}
        self._rounds: Counter[str] = Counter()

    def take_replies(self, store: ReplyStore, *, stored: bool) -> int:
        """Take the replies that the store holds by now, and return their number.

        `stored` says whether they were there before anything was asked.
        """
        replies = {key: reply for key in self.keys if (reply := store.get(key))}
        self.answers |= {key: (reply, stored) for key, reply in replies.items()}
        self.keys -= replies.keys()
        return len(replies)

    def end_round(self, asked: Iterable[str], failures: Mapping[str, Failure]) -> None:
        """Count a round for each question in `asked` that its batches have not answered.

        A question counts once a round, however many batches were taken for the one that asks
        it. It stays open unless the API has refused it or this was the last of `MAX_ROUNDS`.
        """
        for key in self.keys & set(asked):
            self._rounds[key] += 1
            failure = failures.get(key, NOT_IN_RESULTS)
            if failure.concerns is Scope.QUESTION:
                self._refuse(key, failure.reason)
            elif self._rounds[key] == MAX_ROUNDS:
                self._refuse(key, f"{MAX_ROUNDS} batches gave no answer: {failure.reason}")

    def check(self, failures: Mapping[str, Failure]) -> None:
        """Raise `Problem` if an open question failed for a reason that affects all questions."""
        for key in self.keys & failures.keys():
            if failures[key].concerns is Scope.ALL:
                raise Problem(failures[key].reason)

    def _refuse(self, key: str, reason: str) -> None:
        self.keys.remove(key)
        self.answers[key] = Refused(reason)
