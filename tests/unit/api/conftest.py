"""Fixtures of the tests that ask over the network."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from subtasks.api import batch_collection, batch_submission
from support.batch_server import KEY
from support.fixed_endpoint import SECRET, Endpoint


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Use nothing of the tester's own."""
    for name in os.environ:
        ours = name.startswith(("ANTHROPIC_", "AWS_", "CLOUD_ML_", "GOOGLE_"))
        if ours or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key of `BatchServer`, which lists a batch at once: nobody waits for it to appear."""
    monkeypatch.setattr(batch_submission, "ARRIVAL_SECONDS", 0.2)
    monkeypatch.setattr(batch_submission, "LIST_POLL_SECONDS", 0.05)
    monkeypatch.setattr(batch_collection, "READ_AGAIN_SECONDS", 0.05)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)


@pytest.fixture(scope="module")
def server() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    yield endpoint
    endpoint.stop()


@pytest.fixture
def endpoint(server: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    """An endpoint, and a key in the environment."""
    server.keys.clear()
    server.logins.clear()
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    return server
