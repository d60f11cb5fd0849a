"""Questions: one key per meaning, and the request that each becomes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.questions.question import MAX_QUOTED, Jpeg, Question

texts = st.text(max_size=20)
pictures = st.builds(Jpeg, st.binary(max_size=4), st.just(1), st.just(1))
questions = st.builds(
    Question,
    texts,
    st.integers(1, 9),
    st.none() | texts,
    st.none() | st.just({"type": "object"}),
    st.lists(texts | pictures, max_size=3).map(tuple),
)


@given(questions, questions)
def test_questions_of_one_meaning_have_one_key(one: Question, other: Question) -> None:
    assert (one.key == other.key) == (one == other)


def test_the_request_says_what_the_question_says() -> None:
    request = Question("m", 5, "high", {"type": "object"}, ("a", Jpeg(b"b", 1, 1))).request(
        cache=False
    )
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
    assert "output_config" not in Question("m", 5, None, None, ("a",)).request(cache=True)


def test_a_key_is_the_same_in_every_version() -> None:
    """Replies are stored under it: another key would pay for them a second time."""
    question = Question("m", 5, "high", {"type": "object"}, ("a", Jpeg(b"b", 1, 1)))
    assert question.key == "123572f99c2d4011685fe4d04cf332403d3ffea953bd27421dfe2de209beb7d9"
    assert (
        question.again("no", "it is not JSON").key
        == "a91056994bf6174f5f618bd1274479a3459ef54f397534877c7023990359ca2d"
    )


def test_how_a_question_is_sent_is_not_part_of_its_meaning() -> None:
    plain = Question("m", 5, None, None, ("a", "b"))
    assert Question("m", 5, None, None, ("a", "b"), cached=1, purpose="segment").key == plain.key


def test_a_second_question_quotes_the_answer_and_the_reason() -> None:
    question = Question("m", 5, None, None, ("a",), cached=1, purpose="segment")
    again = question.again(" x" * MAX_QUOTED, "it is too long")
    assert again.content[0] == "a"
    assert again.content[1].count("x") == MAX_QUOTED / 2
    assert "What was wrong: it is too long." in again.content[1]
    assert (again.cached, again.purpose) == (1, "segment")


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("a \ud800 cup", "a \ufffd cup"),
        ("\udfff", "\ufffd"),
        ("\ud83e\udd16", "\U0001f916"),  # two halves that belong together
        ("\U0001f916 é \x00", "\U0001f916 é \x00"),
    ],
)
def test_what_no_request_can_hold_is_replaced_in_it(text: str, sent: str) -> None:
    schema = {"type": "string", "enum": [text]}
    question = Question("m", 5, None, schema, (text,)).again(text, text)
    request = question.request(cache=False)
    assert request["messages"][0]["content"][0]["text"] == sent
    assert request["output_config"]["format"]["schema"]["enum"] == [sent]
    assert json.dumps(request, ensure_ascii=False).encode()
    assert len(question.key) == 64
