"""Counting tokens through the real SDK."""

import pytest

from servers.claude import ClaudeServer
from subtasks.api.connection import Connection
from subtasks.api.token_count import count
from subtasks.errors import Problem
from subtasks.questions.question import Question

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
