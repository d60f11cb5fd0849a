"""Asking about a group of episodes; storms and long episodes: test_asking of the workflow."""

from pathlib import Path

import pytest

from servers.claude import ClaudeServer, Forbidden, Refusal
from subtasks.questions.outcome import Outcome
from subtasks.store import outcome_files
from support import programs
from support.episode_archive import ask_arguments

EPISODES = 3


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> ClaudeServer:
    server = ClaudeServer()
    monkeypatch.setenv("ANTHROPIC_API_KEY", server.key)
    return server


def annotate(server: ClaudeServer, folder: Path, *options: str) -> tuple[str, list[Outcome]]:
    output = folder / "outcomes.jsonl"
    log = programs.run(
        "annotate.py",
        *ask_arguments(folder, EPISODES),
        *(f"--base-url={server.url}", f"--output={output}", *options),
    )
    return log, list(outcome_files.read(output))


@pytest.mark.parametrize("api", ["live", "batch"])
def test_every_episode_has_an_outcome_and_none_is_paid_for_twice(
    tmp_path: Path, server: ClaudeServer, api: str
) -> None:
    with server:
        log, outcomes = annotate(server, tmp_path, f"--api={api}", "--poll-seconds=0.05")
        assert "3 of 3 episodes answered, 3 requests made, 0 from the store" in log
        log, again = annotate(server, tmp_path, f"--api={api}")
        assert "3 of 3 episodes answered, 0 requests made, 3 from the store" in log
        assert len(server.answered) == EPISODES
    assert [outcome.episode for outcome in outcomes] == list(range(EPISODES))
    assert all(outcome.answer for outcome in outcomes)
    assert {exchange.batch for outcome in outcomes for exchange in outcome.exchanges} == {
        api == "batch"
    }
    assert [outcome.answer for outcome in again] == [outcome.answer for outcome in outcomes]


def test_a_reply_that_gives_no_answer_is_asked_for_again_in_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ClaudeServer(faults=Refusal()) as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY", server.key)
        _, outcomes = annotate(server, tmp_path)
        assert {outcome.reason for outcome in outcomes} == {"the model refused to answer"}
        asked = len(server.requests)
        annotate(server, tmp_path)
        assert len(server.requests) == 2 * asked


def test_what_affects_every_episode_ends_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ClaudeServer(account=Forbidden()) as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY", server.key)
        sentence = programs.fails(
            "annotate.py",
            *ask_arguments(tmp_path),
            *(f"--base-url={server.url}", f"--output={tmp_path / 'outcomes.jsonl'}"),
            fatal=True,
        )
    assert sentence.startswith("the key may not use claude-opus-4-7")
    assert not (tmp_path / "outcomes.jsonl").exists()
