"""Which questions an episode's answer takes; no network and no files."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.conversation import Failed, segmentation
from subtasks.question import Jpeg, Question
from subtasks.replies import Reply

QUESTION = Question("claude-opus-4-7", 8192, None, None, ("Where?", Jpeg(b"\xff\xd8")))
GOOD = json.dumps({"subtasks": [{"time": 0.0, "subtask": "reach"}]})
BEYOND = json.dumps({"subtasks": [{"time": 99.0, "subtask": "reach"}]})


def reply(text: str, stop_reason: str = "end_turn") -> Reply:
    return Reply(text, stop_reason, "claude-opus-4-7", {})


def hold(*replies: Reply) -> tuple[str, list[Question]]:
    """Answer a conversation's questions in turn; its answer and what it asked."""
    talk = segmentation(QUESTION, fps=10, frames=50)
    asked = next(talk)
    questions = list(asked)
    for each in replies:
        try:
            questions += talk.send([each])
        except StopIteration as end:
            return end.value, questions
    raise AssertionError("the conversation wants more answers")


def test_a_good_answer_takes_one_question() -> None:
    assert hold(reply(GOOD)) == (GOOD, [QUESTION])


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (reply("I see a robot."), "I see a robot."),
        (reply(""), "(nothing)"),
        (reply(GOOD, "max_tokens"), "cut off after 8192 tokens"),
        (reply(BEYOND), "99"),
    ],
)
def test_an_unusable_answer_is_asked_again_once_with_the_fault(bad: Reply, fault: str) -> None:
    answer, questions = hold(bad, reply(GOOD))
    assert answer == GOOD
    again = questions[1]
    assert again.content[:-1] == QUESTION.content
    assert fault in again.content[-1]
    with pytest.raises(Failed, match="asked twice"):
        hold(bad, bad)


@pytest.mark.parametrize("reason", ["refusal", "model_context_window_exceeded"])
def test_some_answers_are_final(reason: str) -> None:
    with pytest.raises(Failed):
        hold(reply("", reason))
    with pytest.raises(Failed):
        hold(reply("nonsense"), reply("", reason))


texts = st.text(max_size=20)
questions = st.builds(
    Question,
    texts,
    st.integers(1, 9),
    st.none() | texts,
    st.none() | st.just({"type": "object"}),
    st.lists(texts | st.builds(Jpeg, st.binary(max_size=4)), max_size=3).map(tuple),
)


@given(questions, questions)
def test_questions_of_one_meaning_have_one_key(one: Question, other: Question) -> None:
    assert (one.key == other.key) == (one == other)


def test_the_request_says_what_the_question_says() -> None:
    request = Question("m", 5, "high", {"type": "object"}, ("a", Jpeg(b"b"))).request()
    assert request == {
        "model": "m",
        "max_tokens": 5,
        "thinking": {"type": "adaptive"},
        "output_config": {
            "format": {"type": "json_schema", "schema": {"type": "object"}},
            "effort": "high",
        },
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "a"},
                    {
                        "type": "image",
                        "source": {"type": "base64", "media_type": "image/jpeg", "data": "Yg=="},
                    },
                ],
            }
        ],
    }
    assert "output_config" not in QUESTION.request()
