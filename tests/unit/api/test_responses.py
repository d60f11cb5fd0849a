"""Reading what came with a status of success: kept as far as it resembles an answer."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.api.errors import NotTheApi, Unavailable
from subtasks.api.responses import Received, read_response
from subtasks.errors import Fatal, Problem
from subtasks.questions.reply import Reply
from subtasks.store.replies import ReplyStore
from support.fixed_endpoint import MODEL, error_body
from support.strange_answers import FOREIGN, GOOD, UNUSABLE, USABLE, body, saying

KEPT = USABLE | UNUSABLE
KEY = "ab" * 32


def test_an_ordinary_answer_is_kept_as_it_always_was() -> None:
    received = read_response(body(), "asked")
    assert received.body == ""
    assert received.reply == Reply(
        GOOD,
        "end_turn",
        MODEL,
        {"input_tokens": 10, "output_tokens": 5},
        received=received.reply.received,
    )


@pytest.mark.parametrize("answer", KEPT.values(), ids=KEPT)
def test_whatever_resembles_an_answer_is_stored_and_read_back(
    tmp_path: Path, answer: bytes
) -> None:
    received = read_response(answer, MODEL)
    with ReplyStore(tmp_path) as store:
        store.put(KEY, received.reply, received.body)
        assert store.get(KEY) == received.reply
    assert received.reply.model.isprintable()
    assert all(0 <= count < 10**13 for count in received.reply.usage.values())


@pytest.mark.parametrize("answer", USABLE.values(), ids=USABLE)
def test_the_text_is_found_in_strange_surroundings(answer: bytes) -> None:
    text = read_response(answer, MODEL).reply.text
    assert "subtask" in text
    assert not text.startswith('{"id"')


@pytest.mark.parametrize("answer", FOREIGN.values(), ids=FOREIGN)
def test_what_is_no_answer_is_not_taken_for_one(answer: bytes) -> None:
    with pytest.raises(NotTheApi, match=r"check claude\.base_url"):
        read_response(answer, MODEL)


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        ({"input_tokens": 12, "output_tokens": None}, {"input_tokens": 12}),
        ({"input_tokens": 12.0}, {"input_tokens": 12}),
        ({"input_tokens": "12"}, {"input_tokens": 12}),
        ({"input_tokens": 12.5, "output_tokens": 3}, {"output_tokens": 3}),
        ({"input_tokens": "१२"}, {}),
        ({"input_tokens": "-1"}, {}),
        ({"service_tier": "standard", "cache_creation": {"a_tokens": 1}}, {}),
        ({"\ud800_tokens": 4, "input_tokens": 1}, {"input_tokens": 1}),
    ],
)
def test_tokens_are_counted_where_the_number_is_certain(
    usage: dict[str, Any], counts: dict[str, int]
) -> None:
    assert read_response(body(usage=usage), MODEL).reply.usage == counts


@pytest.mark.parametrize("model", [None, 9, "", " ", "claude\ud800", "a\nb", ["x"], "x" * 1000])
def test_an_answer_without_a_name_has_that_of_the_model_that_was_asked(model: Any) -> None:
    assert read_response(body(model=model), "asked").reply.model == "asked"


def test_what_the_reply_does_not_hold_is_kept_beside_it(tmp_path: Path) -> None:
    answer = body(content=[{"type": "hologram", "data": "\ud800"}])
    received = read_response(answer, MODEL)
    with ReplyStore(tmp_path) as store:
        store.put(KEY, received.reply, received.body)
    [path] = tmp_path.rglob("*.json")
    kept = json.loads(path.read_text(encoding="utf-8"))["body"]
    assert json.loads(kept)["content"] == [{"type": "hologram", "data": "\ud800"}]


def test_bytes_that_are_no_text_can_be_restored() -> None:
    answer = saying("caf@").replace(b"@", b"\xe9")
    assert read_response(answer, MODEL).body.encode("utf-8", "surrogateescape") == answer


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("authentication_error", Fatal),
        ("overloaded_error", Unavailable),
        (None, Unavailable),
        (["x"], Unavailable),
    ],
)
def test_an_error_with_a_status_of_success_is_an_error(kind: Any, error: type[Problem]) -> None:
    with pytest.raises(error):
        read_response(json.dumps(error_body(kind, "no")).encode(), MODEL)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
fields = st.dictionaries(
    st.sampled_from(["type", "content", "usage", "stop_reason", "model", "role", "error"]),
    json_values
    | st.just("message")
    | st.dictionaries(st.sampled_from(["input_tokens", "output_tokens", "type"]), json_values)
    | st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": json_values})),
)


def receive(answer: bytes) -> Received | None:
    """Read a response that may be anything."""
    try:
        return read_response(answer, MODEL)
    except Problem as problem:
        assert "\n" not in str(problem)  # noqa: PT017 - either is right
        return None


@given(fields)
def test_any_object_is_a_reply_or_a_problem(given_fields: dict[str, Any]) -> None:
    received = receive(json.dumps(given_fields).encode())
    if received:
        assert isinstance(received.reply.text, str)
        assert all(type(count) is int for count in received.reply.usage.values())


@given(st.binary())
def test_any_bytes_are_a_reply_or_a_problem(answer: bytes) -> None:
    receive(answer)
    receive(body()[:50] + answer + body()[50:])
