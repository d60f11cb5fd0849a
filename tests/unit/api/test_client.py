"""Where is asked and with which key, and what an answer that is none means for a run."""

import asyncio
import json
import os
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from servers.claude import ClaudeServer, HalfAnswer, NoCredit
from subtasks.api import client
from subtasks.api.connection import Connection
from subtasks.api.errors import Refused, classify_batch_error
from subtasks.api.live import LiveApi
from subtasks.cost.budget import Budget
from subtasks.cost.prices import Prices
from subtasks.errors import Problem
from subtasks.questions.question import Question
from subtasks.questions.reply import Reply
from subtasks.store.replies import ReplyStore
from support.workflow import PROJECT

MODEL = "claude-opus-4-7"
QUESTION = Question(MODEL, 256, None, None, ("What is a robot?",))
SECRET = "not-to-be-shown-0123456789"
FREE = Prices("2026-09-30", {}, 0.5, 1.25, 0.1)


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the tester's own is used."""
    for name in os.environ:
        if name.startswith(("ANTHROPIC_", "AWS_", "CLOUD_ML_", "GOOGLE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))


class Endpoint:
    """An HTTP server that gives every request the same answer."""

    def __init__(self) -> None:
        self.status, self.body, self.kind = 200, b"", "application/json"
        self.keys: list[str | None] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                given = self.headers["x-api-key"] or self.headers["authorization"]
                endpoint.keys.append(given and given.removeprefix("Bearer "))
                self.send_response(endpoint.status)
                self.send_header("content-type", endpoint.kind)
                self.send_header("content-length", str(len(endpoint.body)))
                self.end_headers()
                self.wfile.write(endpoint.body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def says(self, status: int, body: Any, kind: str = "application/json") -> None:
        self.status, self.kind = status, kind
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def server() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    yield endpoint
    endpoint.stop()


@pytest.fixture
def endpoint(server: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    server.keys.clear()
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    return server


def ask(folder: Path, url: str | None, *, provider: str = "anthropic", retries: int = 0) -> Reply:
    """Ask one question through the real SDK."""

    async def one() -> Reply:
        connection = Connection(provider, url, retries)
        with ReplyStore(folder / "replies") as store:
            async with LiveApi(store, Budget(store, FREE, None), 1, connection) as api:
                reply, _ = await api.answer(QUESTION)
                assert store.get(QUESTION.key) == reply
                return reply

    return asyncio.run(one())


def error(kind: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}}


# what answers mean ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (401, error("authentication_error", "invalid x-api-key"), Problem, "accept the key"),
        (403, error("permission_error", "no"), Problem, f"may not use {MODEL}"),
        (404, error("not_found_error", f"model: {MODEL}"), Problem, f"knows no model {MODEL}"),
        (404, b"<html>nginx</html>", Problem, "check claude.base_url"),
        (400, error("invalid_request_error", "Your credit balance is too low"), Problem, "credit"),
        (402, error("billing_error", "Billing is off"), Problem, "no credit"),
        (400, error("invalid_request_error", "messages: too\nlong"), Refused, "400: messages: too"),
        (413, error("request_too_large", "too large"), Refused, "413: too large"),
        (422, b"not JSON", Refused, "422"),
        (429, error("rate_limit_error", "slow down"), Problem, "overloaded, after all retries"),
        (529, error("overloaded_error", "Overloaded"), Problem, "overloaded, after all retries"),
        (500, error("api_error", "Internal"), Problem, "failed, after all retries (500: Internal)"),
        (503, b"", Problem, "failed, after all retries (503"),
        (200, b"<html>sign in to the hotel</html>", Problem, "not answer like the Claude API"),
        (200, b'{"id": "msg', Problem, "not answer like the Claude API"),
        (200, {"ok": True}, Problem, "not answer like the Claude API"),
        (200, [], Problem, "not answer like the Claude API"),
    ],
)
def test_what_a_status_means(
    endpoint: Endpoint,
    tmp_path: Path,
    status: int,
    body: Any,
    kind: type[Exception],
    said: str,
) -> None:
    html = isinstance(body, bytes) and body.startswith(b"<")
    endpoint.says(status, body, "text/html" if html else "application/json")
    with pytest.raises(kind) as caught:
        ask(tmp_path, endpoint.url)
    sentence = str(caught.value)
    assert said in sentence
    assert "\n" not in sentence
    assert SECRET not in sentence
    assert not list((tmp_path / "replies").rglob("*.json"))


def test_long_messages_are_cut(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.says(400, error("invalid_request_error", "x" * 100_000))
    with pytest.raises(Refused) as caught:
        ask(tmp_path, endpoint.url)
    assert len(str(caught.value)) < 500


def test_an_endpoint_may_tell_less_than_the_api(endpoint: Endpoint, tmp_path: Path) -> None:
    """Others that speak the same language leave out what they do not count."""
    content = [{"type": "thinking", "thinking": "…"}, {"type": "text", "text": "A machine."}]
    endpoint.says(200, {"type": "message", "content": content})
    reply = ask(tmp_path, endpoint.url)
    assert (reply.text, reply.stop_reason, reply.usage) == ("A machine.", "", {})


def test_nobody_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    with pytest.raises(Problem, match=r"cannot be reached, after all retries .*: run again later"):
        ask(tmp_path, "http://127.0.0.1:1")


def test_half_an_answer_is_asked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ClaudeServer(faults=[HalfAnswer()]) as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY", server.key)
        assert ask(tmp_path, server.url, retries=1).text
        assert [record.status for record in server.requests] == [200, 200]


@pytest.mark.parametrize(
    ("kind", "judged"),
    [
        ("invalid_request_error", Refused),
        ("request_too_large", Refused),
        ("authentication_error", Problem),
        ("billing_error", Problem),
        ("permission_error", Problem),
        ("not_found_error", Problem),
        ("api_error", str),
        ("overloaded_error", str),
        ("rate_limit_error", str),
        ("timeout_error", str),
        ("something_new", str),
    ],
)
def test_what_an_error_in_a_batch_means(kind: str, judged: type) -> None:
    assert isinstance(classify_batch_error(kind, f"model: {MODEL}", MODEL), judged)


def test_an_empty_account_concerns_all_of_a_batch() -> None:
    said = classify_batch_error("invalid_request_error", NoCredit.message, MODEL)
    assert isinstance(said, Problem)
    assert "no credit left" in str(said)


# keys -----------------------------------------------------------------------------------------


def key_sent(endpoint: Endpoint, folder: Path) -> str | None:
    endpoint.says(401, error("authentication_error", "invalid x-api-key"))
    with pytest.raises(Problem, match="does not accept the key"):
        ask(folder, endpoint.url)
    return endpoint.keys[-1]


def test_the_key_is_the_environments_or_the_files(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key"
    file.write_text("key-of-the-file\n")
    monkeypatch.setenv("ANTHROPIC_API_KEY_FILE", str(file))
    assert key_sent(endpoint, tmp_path) == SECRET
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    assert key_sent(endpoint, tmp_path) == "key-of-the-file"
    monkeypatch.setenv("ANTHROPIC_API_KEY_FILE", "~/key")  # HOME is that folder
    assert key_sent(endpoint, tmp_path) == "key-of-the-file"
    monkeypatch.delenv("ANTHROPIC_API_KEY_FILE")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "a-token")
    assert key_sent(endpoint, tmp_path) == "a-token"


@pytest.mark.parametrize("around", ["{}\n", " {}", "{}\r\n"])
def test_white_space_around_a_key_is_no_part_of_it(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, around: str
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", around.format(SECRET))
    assert key_sent(endpoint, tmp_path) == SECRET


@pytest.mark.parametrize("key", [f"{SECRET}\nx", f"{SECRET} x", f"{SECRET}é", f"\x07{SECRET}"])
def test_a_key_that_cannot_be_sent_is_not_shown(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", key)
    with pytest.raises(Problem, match="ANTHROPIC_API_KEY holds characters that no key has") as said:
        ask(tmp_path, endpoint.url)
    assert SECRET not in str(said.value)
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", f"{SECRET}\nx")
    with pytest.raises(Problem) as said:
        ask(tmp_path, endpoint.url)
    assert SECRET not in str(said.value)


def test_no_key_and_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Problem, match="set ANTHROPIC_API_KEY"):
        ask(tmp_path, None)
    empty, binary = tmp_path / "empty", tmp_path / "binary"
    empty.write_text(" \n")
    binary.write_bytes(b"\xff\xfe")
    for path, said in (
        (empty, "is empty"),
        (binary, "cannot be read"),
        (tmp_path / "none", "cannot be read"),
        (tmp_path, "cannot be read"),
        ("~nobody-of-that-name/key", "cannot be read"),
    ):
        monkeypatch.setenv("ANTHROPIC_API_KEY_FILE", str(path))
        with pytest.raises(Problem, match=said) as caught:
            ask(tmp_path, None)
        assert str(path) in str(caught.value)


# long answers ---------------------------------------------------------------------------------


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
    server.says(200, {"type": "message", "content": [{"type": "text", "text": "A machine."}]})
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
