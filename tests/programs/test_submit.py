"""Submitting the first questions of a group of episodes, and its receipt."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from servers.claude import ClaudeServer
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
