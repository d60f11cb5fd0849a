"""The SDK's client for each provider."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from servers.claude import ClaudeServer
from subtasks.api import client
from subtasks.errors import Problem
from support.fixed_endpoint import QUESTION, SECRET, Endpoint, ask
from support.workflow import PROJECT

# responses ------------------------------------------------------------------------------------


def test_an_endpoint_may_tell_less_than_the_api(endpoint: Endpoint, tmp_path: Path) -> None:
    """Others that speak the same language leave out what they do not count."""
    content = [{"type": "thinking", "thinking": "…"}, {"type": "text", "text": "A machine."}]
    endpoint.respond(200, {"type": "message", "content": content})
    reply = ask(tmp_path, endpoint.url)
    assert (reply.text, reply.stop_reason, reply.usage) == ("A machine.", "", {})


def test_a_long_answer_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given up after the client's own time, it would be asked and paid for again and again."""
    monkeypatch.setattr(client, "REQUEST_TIMEOUT_SECONDS", 0.5)
    monkeypatch.setattr(client, "TOKENS_PER_SECOND", QUESTION.max_tokens / 30)
    with ClaudeServer(latency=1.5) as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY", server.key)
        assert ask(tmp_path, server.url, retries=2).text
        assert len(server.requests) == 1


@pytest.mark.parametrize(("max_tokens", "seconds"), [(8192, 600), (64_000, 1800), (128_000, 3600)])
def test_how_long_an_answer_may_take(max_tokens: int, seconds: float) -> None:
    assert client.request_timeout(max_tokens) == pytest.approx(seconds)


# other providers ------------------------------------------------------------------------------

WITHOUT = """
import importlib.abc, sys

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("boto3", "botocore", "google"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
from subtasks.api import client
from subtasks.api.connection import Connection
from subtasks.errors import Problem
try:
    client.connect(Connection(sys.argv[1]))
except Problem as problem:
    print(problem)
"""


@pytest.mark.parametrize("provider", ["bedrock", "vertex"])
def test_a_provider_whose_packages_are_absent(provider: str) -> None:
    environment = {"PYTHONPATH": str(PROJECT / "scripts"), "PATH": os.environ["PATH"]}
    finished = subprocess.run(
        [sys.executable, "-c", WITHOUT, provider],
        env=environment | {"AWS_REGION": "us-east-1", "CLOUD_ML_REGION": "us-east5"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"pip install -e '.[{provider}]'" in finished.stdout
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    [sdk] = [each for each in project["dependencies"] if each.startswith("anthropic")]
    extra = sdk.replace("anthropic", f"anthropic[{provider}]")
    assert project["optional-dependencies"][provider] == [extra]
    assert len(finished.stdout.splitlines()) == 1


def test_bedrock_with_a_bearer_token_needs_no_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Endpoint
) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", SECRET)
    with pytest.raises(Problem, match=r"bedrock cannot be used: .*region"):
        ask(tmp_path, server.url, provider="bedrock")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    server.respond(200, {"type": "message", "content": [{"type": "text", "text": "A machine."}]})
    assert ask(tmp_path, server.url, provider="bedrock").text == "A machine."
    assert server.keys[-1] == SECRET


def test_trouble_with_a_providers_credentials_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are looked for when the first request is signed."""
    monkeypatch.setattr(client, "_installed", lambda _: True)
    monkeypatch.setenv("CLOUD_ML_REGION", "us-east5")
    with pytest.raises(Problem, match=r"provider vertex cannot be used: ") as caught:
        ask(tmp_path, None, provider="vertex")
    assert "\n" not in str(caught.value)
