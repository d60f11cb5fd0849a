"""The questions one job waits for, over all the rounds of message batches they take."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping

from subtasks.api.errors import Answered, Refused
from subtasks.errors import Fatal
from subtasks.questions.question import Question
from subtasks.store.batch_ledger import Failure, Scope
from subtasks.store.replies import DamagedReply, ReplyStore

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

    def take_replies(self, store: ReplyStore, asked: Container[str]) -> int:
        """Take the replies that the store holds by now, and return their number.

        `asked` are the keys of the questions that this job has submitted. Replies to others come
        from the store: whoever asked them counts them as made.
        """
        taken = 0
        for key in sorted(self.keys):
            try:
                reply = store.get(key)
            except DamagedReply as damaged:
                self._refuse(key, str(damaged))
                taken += 1
                continue
            if reply:
                self.keys.remove(key)
                self.answers[key] = (reply, key not in asked)
                taken += 1
        return taken

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
        """Raise `Fatal` if an open question failed for a reason that affects all questions."""
        for key in self.keys & failures.keys():
            if failures[key].concerns is Scope.ALL:
                raise Fatal(failures[key].reason)

    def _refuse(self, key: str, reason: str) -> None:
        self.keys.remove(key)
        self.answers[key] = Refused(reason)
