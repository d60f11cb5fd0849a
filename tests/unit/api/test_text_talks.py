"""Conversations in text alone: held live and in batches, with refusals and silence."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from servers.claude import ClaudeServer, Overloaded, Refusal
from servers.claude.faults import Ask, Fault
from subtasks.api.connection import Connection
from subtasks.api.errors import Refused
from subtasks.api.text_talks import TextTalk, hold_in_batches, hold_live
from subtasks.cost.budget import Budget
from subtasks.cost.prices import Prices
from subtasks.errors import Problem
from subtasks.questions.asking import Conversation, NoAnswer
from subtasks.questions.question import Question
from subtasks.questions.reply import Reply
from subtasks.store.replies import ReplyStore

MODEL = "claude-opus-4-7"
FREE = Prices("2026-09-30", {}, 0.5, 1.25, 0.1)


def question(text: str) -> Question:
    return Question(MODEL, 256, None, None, (text,), purpose="test")


def conversation(name: str, turns: int, wide: int = 1) -> Conversation[list[str]]:
    """Ask so many questions at once, so many times; give the reasons for stops, or "end"."""
    said = []
    for turn in range(turns):
        try:
            replies = yield [question(f"{name} {turn} {number}") for number in range(wide)]
            said.append(replies[0].stop_reason)
        except NoAnswer as reason:
            said.append(str(reason))
    return said


def reply() -> Reply:
    return Reply("yes", "end_turn", MODEL, {})


def test_a_talk_goes_on_until_it_has_a_result() -> None:
    talk = TextTalk(conversation("a", 2))
    [first] = talk.questions
    talk.receive([(reply(), False)])
    [second] = talk.questions
    assert first.key != second.key
    talk.receive([(reply(), True)])
    assert talk.questions == []
    assert talk.result == ["end_turn", "end_turn"]
    assert [each.stored for each in talk.exchanges] == [False, True]


def test_a_talk_without_questions_has_ended() -> None:
    talk = TextTalk(conversation("a", 0))
    assert (talk.questions, talk.result, talk.exchanges) == ([], [], [])


def test_a_refusal_is_told_and_what_came_with_it_was_paid_for() -> None:
    talk = TextTalk(conversation("a", 2, wide=2))
    talk.receive([(reply(), False), Refused("too long")])
    assert len(talk.exchanges) == 1
    talk.receive([(reply(), False), (reply(), False)])
    assert talk.result == ["too long", "end_turn"]
    assert len(talk.exchanges) == 3


def hold(
    server: ClaudeServer, folder: Path, talks: Sequence[TextTalk[list[str]]], api: str
) -> None:
    connection = Connection(base_url=server.url, max_retries=0)
    with ReplyStore(folder / "replies") as store:
        budget = Budget(store, FREE, None)
        if api == "live":
            work = hold_live(talks, store, budget, 3, connection, "the labels of x")
        else:
            output = folder / "x/judged.json"
            work = hold_in_batches(talks, store, budget, 0.05, connection, output)
        asyncio.run(work)


@pytest.mark.parametrize("api", ["live", "batch"])
def test_many_talks_are_held_at_once_and_paid_for_once(
    tmp_path: Path, api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def choose(ask: Ask) -> Fault | None:
        return Refusal() if any("b 0" in text for text in ask.question.texts) else None

    with ClaudeServer(latency=0.05, faults=choose) as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY", server.key)
        for again in (False, True):
            talks = [
                TextTalk(conversation(name, turns))
                for name, turns in zip("abc", (1, 2, 3), strict=True)
            ]
            hold(server, tmp_path, talks, api)
            assert [talk.result for talk in talks] == [
                ["end_turn"],
                ["refusal", "end_turn"],
                ["end_turn"] * 3,
            ]
            assert {e.stored for talk in talks for e in talk.exchanges} == {again}
        assert len(server.answered) == 6
        assert set(server.answered.values()) == {1}
        assert server.most_in_flight == (3 if api == "live" else 1)


def test_an_api_that_does_not_answer_is_said_of_what_was_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ClaudeServer(faults=lambda _: Overloaded()) as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY", server.key)
        talks = [TextTalk(conversation(name, 1)) for name in "abcd"]
        with pytest.raises(Problem, match=r"^the labels of x: "):
            hold(server, tmp_path, talks, "live")
