"""What a question comes to over several rounds of message batches."""

from pathlib import Path

import pytest

from subtasks.api.batch_questions import MAX_ROUNDS, OpenQuestions
from subtasks.api.errors import Refused
from subtasks.errors import Fatal
from subtasks.questions.question import Question
from subtasks.questions.reply import Reply
from subtasks.store.batch_ledger import Failure, Scope
from subtasks.store.replies import ReplyStore

QUESTIONS = [Question("m", 9, None, None, (f"What is {number}?",)) for number in range(3)]
FIRST, SECOND, THIRD = (question.key for question in QUESTIONS)
REPLY = Reply("A number.", "end_turn", "m", {"input_tokens": 1})
EXPIRED = Failure(Scope.ATTEMPT, "the request expired")


@pytest.fixture
def waiting_for() -> OpenQuestions:
    return OpenQuestions(QUESTIONS)


def test_all_are_open_at_first(waiting_for: OpenQuestions) -> None:
    assert waiting_for.keys == {FIRST, SECOND, THIRD}
    assert waiting_for.model == "m"
    assert not waiting_for.answers


def test_the_store_answers(waiting_for: OpenQuestions, tmp_path: Path) -> None:
    with ReplyStore(tmp_path) as store:
        store.put(FIRST, REPLY)
        assert waiting_for.take_replies(store, asked=set()) == 1
        store.put(SECOND, REPLY)
        assert waiting_for.take_replies(store, asked={SECOND}) == 1
        assert waiting_for.take_replies(store, asked={SECOND}) == 0
    assert waiting_for.answers == {FIRST: (REPLY, True), SECOND: (REPLY, False)}
    assert waiting_for.keys == {THIRD}


def test_a_question_is_given_up_after_its_last_round(waiting_for: OpenQuestions) -> None:
    for number in range(MAX_ROUNDS):
        assert FIRST in waiting_for.keys, number
        # Two batches were taken for the one that asks it, and none asks the second.
        waiting_for.end_round([FIRST, FIRST, THIRD], {FIRST: EXPIRED})
    assert waiting_for.keys == {SECOND}
    refused = waiting_for.answers[FIRST]
    assert isinstance(refused, Refused)
    assert str(refused) == f"{MAX_ROUNDS} batches gave no answer: the request expired"
    assert "no batch has it among its results" in str(waiting_for.answers[THIRD])


def test_a_refused_question_is_not_asked_again(waiting_for: OpenQuestions) -> None:
    waiting_for.end_round([FIRST, SECOND], {FIRST: Failure(Scope.QUESTION, "too large")})
    assert str(waiting_for.answers[FIRST]) == "too large"
    assert waiting_for.keys == {SECOND, THIRD}


def test_what_affects_all_questions_is_raised(waiting_for: OpenQuestions, tmp_path: Path) -> None:
    failures = {FIRST: Failure(Scope.ALL, "no credit left"), SECOND: EXPIRED}
    with pytest.raises(Fatal, match="no credit left"):
        waiting_for.check(failures)
    with ReplyStore(tmp_path) as store:
        store.put(FIRST, REPLY)
        waiting_for.take_replies(store, asked={FIRST})
    waiting_for.check(failures)  # it has been answered by another batch
