"""How many tokens a question has: by the published formulas, and at the most."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.claude.models import MODELS
from servers.claude.tokens import image_tokens
from subtasks.cost import tokens
from subtasks.cost.capacity import Capacity
from subtasks.questions.question import Jpeg, Question

SMALL = Capacity()
SCHEMA = {"type": "array", "items": {"type": "string"}}


def jpeg(width: int, height: int) -> Jpeg:
    return Jpeg(b"", width, height)


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (750, 1, 1),
        (751, 1, 2),
        (640, 480, 410),
        (1568, 760, 1589),
        (1568, 1568, 1600),  # as many as an image has at the most
        (15680, 7600, 1589),  # shrunk to a tenth
    ],
)
def test_an_image_has_tokens_by_its_area_once_it_is_shrunk(
    width: int, height: int, expected: int
) -> None:
    assert tokens.of_image(jpeg(width, height), SMALL) == expected
    assert tokens.of_image(jpeg(height, width), SMALL) == expected


@given(st.integers(1, 8000), st.integers(1, 8000), st.sampled_from(sorted(MODELS)))
def test_the_server_and_the_workflow_count_alike(width: int, height: int, name: str) -> None:
    model = MODELS[name]
    capacity = Capacity(long_edge=model.long_edge, image_tokens=model.image_tokens)
    counted = image_tokens(model, width, height)
    assert tokens.of_image(jpeg(width, height), capacity) == counted
    assert tokens.max_of_image(jpeg(width, height), capacity) >= counted


def test_a_question_has_the_tokens_of_its_parts() -> None:
    question = Question("claude-a", 100, None, SCHEMA, ("seven characters?!", jpeg(640, 480), "x"))
    assert tokens.of_text("seven characters?!") == 6
    schema = tokens.of_text(json.dumps(SCHEMA))
    assert tokens.of_schema(question) == schema
    assert tokens.of_content(question.content, SMALL) == 6 + 410 + 1
    assert tokens.of_question(question, SMALL) == schema + 6 + 410 + 1
    plain = Question("claude-a", 100, None, None, ("x",))
    assert tokens.of_question(plain, SMALL) == 1


@given(st.text(max_size=200))
def test_no_text_has_more_tokens_than_bytes(text: str) -> None:
    question = Question("claude-a", 100, None, None, (text,))
    most = tokens.max_of_question(question, SMALL)
    assert most >= len(text.encode()) + tokens.HIDDEN_TOKENS
    assert most >= tokens.of_question(question, SMALL)


def test_half_a_character_has_a_maximum_too() -> None:
    question = Question("m", 5, None, {"enum": ["\ud800"]}, ("a \ud800 cup",))
    whole = Question("m", 5, None, {"enum": ["x"]}, ("a x cup",))
    assert tokens.max_of_question(question, SMALL) >= tokens.max_of_question(whole, SMALL)
