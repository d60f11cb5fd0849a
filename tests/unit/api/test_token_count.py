"""Counting tokens through the real SDK."""

import pytest

from servers.claude import ClaudeServer
from subtasks.api.connection import Connection
from subtasks.api.token_count import count
from subtasks.errors import Problem
from subtasks.questions.question import Question
from support.fixed_endpoint import Endpoint

MODEL = "claude-opus-4-7"
QUESTIONS = [Question(MODEL, 256, None, None, (f"What is {number}?",)) for number in range(7)]


def test_the_counts_of_all_questions_are_added(monkeypatch: pytest.MonkeyPatch) -> None:
    with ClaudeServer() as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY", server.key)
        connection = Connection(base_url=server.url, max_retries=0)
        each = [count([question], connection) for question in QUESTIONS]
        assert all(each)
        assert count(QUESTIONS, connection) == sum(each)
        assert not server.answered


@pytest.mark.parametrize(
    ("key", "model", "reason"),
    [("sk-ant-wrong", MODEL, "rejects the key"), (None, "claude-opus-9", "has no model")],
)
def test_an_api_that_does_not_count(
    monkeypatch: pytest.MonkeyPatch, key: str | None, model: str, reason: str
) -> None:
    with ClaudeServer() as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY", key or server.key)
        question = Question(model, 256, None, None, ("What is a robot?",))
        with pytest.raises(Problem, match=f"the tokens cannot be counted: .*{reason}"):
            count([question], Connection(base_url=server.url, max_retries=0))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"[]",
        b"5",
        b"{}",
        b'{"input_tokens": null}',
        b'{"input_tokens": "7"}',
        b'{"input_tokens": -7}',
        b'{"input_tokens": 1e999}',
        b'{"input_tokens": ' + b"9" * 5000 + b"}",
        b"\xff",
        b"[" * 200_000,
    ],
)
def test_what_is_no_count_is_one_sentence(endpoint: Endpoint, answer: bytes) -> None:
    endpoint.respond(200, answer)
    with pytest.raises(Problem, match=r"cannot be counted: .* check claude\.base_url"):
        count(QUESTIONS[:2], Connection(base_url=endpoint.url, max_retries=0))
