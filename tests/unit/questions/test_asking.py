"""Holding conversations: several at once, and a question that is asked once more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.questions.asking import Conversation, NoAnswer, ask, together
from subtasks.questions.question import Question
from subtasks.questions.reply import Reply
from subtasks.segments.segment import Unusable


def question(text: str) -> Question:
    return Question("some-model", 100, None, None, (text,))


def reply(text: str, stop_reason: str = "end_turn") -> Reply:
    return Reply(text, stop_reason, "some-model", {})


def counting(turns: int) -> Conversation[list[str]]:
    """Ask as many questions, one a turn, and return the answers."""
    heard = []
    for turn in range(turns):
        [answer] = yield [question(str(turn))]
        heard.append(answer.text)
    return heard


@given(st.lists(st.integers(0, 4), max_size=5))
def test_each_conversation_gets_its_own_replies_however_long_the_others_are(lengths):
    talk = together([counting(turns) for turns in lengths])
    asked, results = 0, None
    try:
        questions = next(talk)
        while True:
            asked += len(questions)
            questions = talk.send([reply(f"to {each.content[0]}") for each in questions])
    except StopIteration as end:
        results = end.value
    assert results == [[f"to {turn}" for turn in range(turns)] for turns in lengths]
    assert asked == sum(lengths)


def no_numbers(text: str) -> None:
    if any(map(str.isdigit, text)):
        raise Unusable("There is a number.")


def test_a_faulty_answer_is_quoted_with_its_fault_once():
    talk = ask(question("Say a word."), no_numbers)
    next(talk)
    [again] = talk.send([reply("7")])
    assert again.content[0] == "Say a word."
    assert "7" in again.content[1]
    assert "What was wrong: There is a number." in again.content[1]
    with pytest.raises(StopIteration) as end:
        talk.send([reply("seven")])
    assert end.value.value == "seven"


def test_after_two_faulty_answers_both_questions_are_to_blame():
    talk = ask(question("Say a word."), no_numbers)
    [first] = next(talk)
    [second] = talk.send([reply("7")])
    with pytest.raises(NoAnswer, match=r"asked twice: There is a number$") as failure:
        talk.send([reply("8")])
    assert failure.value.keys == [first.key, second.key]


@pytest.mark.parametrize(
    ("stop_reason", "sentence"),
    [("refusal", "refused"), ("model_context_window_exceeded", r"lower sample\.max_frames")],
)
def test_what_cannot_get_better_is_not_asked_again(stop_reason, sentence):
    talk = ask(question("Say a word."), no_numbers)
    next(talk)
    with pytest.raises(NoAnswer, match=sentence):
        talk.send([reply("", stop_reason)])
