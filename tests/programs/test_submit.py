"""Submitting the first questions of a group of episodes, and its receipt."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from servers.claude import ClaudeServer
from subtasks import episode_facts
from support import programs
from support.episode_archive import ask_arguments

EPISODES = 3


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> ClaudeServer:
    server = ClaudeServer(batch_seconds=math.inf)
    monkeypatch.setenv("ANTHROPIC_API_KEY", server.key)
    return server


def submit(server: ClaudeServer, folder: Path, *options: str) -> tuple[str, dict[str, Any]]:
    receipt = folder / "receipt.json"
    log = programs.run(
        "submit.py",
        *ask_arguments(folder, EPISODES),
        *(f"--base-url={server.url}", f"--output={receipt}", *options),
    )
    return log, json.loads(receipt.read_text())


def test_the_receipt_names_the_batch_and_the_questions(
    tmp_path: Path, server: ClaudeServer
) -> None:
    with server:
        log, receipt = submit(server, tmp_path)
        assert "3 of 3 episodes are answered or submitted, in these batches: msgbatch_" in log
        assert receipt["batches"] == list(server.batches.ids)
        assert len(receipt["batches"]) == 1
        names = [f"episode_{episode:06d}" for episode in range(EPISODES)]
        assert list(receipt["questions"]) == names
        assert all(len(keys) == 1 for keys in receipt["questions"].values())
        assert sum(server.submitted.values()) == EPISODES


def test_nothing_is_submitted_twice(tmp_path: Path, server: ClaudeServer) -> None:
    with server:
        _, first = submit(server, tmp_path)
        _, again = submit(server, tmp_path)
        assert again == first
        assert sum(server.submitted.values()) == EPISODES


def test_episodes_beyond_the_budget_are_left_for_later(
    tmp_path: Path, server: ClaudeServer
) -> None:
    with server:
        log, receipt = submit(server, tmp_path, "--budget=0.2", "--max-tokens=12000")
        assert 0 < len(receipt["questions"]) == sum(server.submitted.values()) < EPISODES
        assert "the rest of the budget is reserved by batches other jobs have submitted" in log


def test_an_episode_with_a_fault_is_not_asked(tmp_path: Path, server: ClaudeServer) -> None:
    arguments = ask_arguments(tmp_path, EPISODES)
    path = tmp_path / "facts.json"
    known = episode_facts.read(path)
    episode_facts.write(path, known | {1: replace(known[1], fault="its length is 0")})
    with server:
        receipt = tmp_path / "receipt.json"
        programs.run("submit.py", *arguments, f"--base-url={server.url}", f"--output={receipt}")
        assert sum(server.submitted.values()) == EPISODES - 1
        asked = json.loads(receipt.read_text())["questions"]
        assert asked.get("episode_000001", []) == []
        assert len(asked["episode_000000"]) == len(asked["episode_000002"]) == 1


def test_a_damaged_reply_is_not_paid_for_again(tmp_path: Path, server: ClaudeServer) -> None:
    with server:
        _, receipt = submit(server, tmp_path)
        [batch] = server.batches.ids
        key = receipt["questions"]["episode_000001"][0]
        (tmp_path / f"replies/batches/{batch}.json").unlink()
        stored = tmp_path / "replies" / key[:2] / f"{key}.json"
        stored.parent.mkdir()
        stored.write_text("{")
        _, again = submit(server, tmp_path)
        assert sorted(server.submitted.values()) == [1, 2, 2]
        assert again["questions"]["episode_000001"] == [key]
