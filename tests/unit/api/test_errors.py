"""What the API's errors mean for a run, and what a user reads about them."""

from pathlib import Path
from typing import Any

import pytest

from servers.claude import NoCredit
from subtasks.api.errors import Refused, classify_batch_error, error_message
from subtasks.errors import Fatal, Problem
from support.fixed_endpoint import MODEL, SECRET, Endpoint, ask
from support.fixed_endpoint import error_body as error


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (401, error("authentication_error", "invalid x-api-key"), Problem, "rejects the key"),
        (403, error("permission_error", "no"), Problem, f"may not use {MODEL}"),
        (404, error("not_found_error", f"model: {MODEL}"), Problem, f"has no model {MODEL}"),
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
    endpoint.respond(status, body, "text/html" if html else "application/json")
    with pytest.raises(kind) as caught:
        ask(tmp_path, endpoint.url)
    sentence = str(caught.value)
    assert said in sentence
    assert "\n" not in sentence
    assert SECRET not in sentence
    assert not list((tmp_path / "replies").rglob("*.json"))


def test_long_messages_are_cut(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.respond(400, error("invalid_request_error", "x" * 100_000))
    with pytest.raises(Refused) as caught:
        ask(tmp_path, endpoint.url)
    assert len(str(caught.value)) < 500


def test_nobody_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    with pytest.raises(Problem, match=r"cannot reach the Claude API, .*: run again later"):
        ask(tmp_path, "http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("kind", "meaning"),
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
def test_what_an_error_in_a_batch_means(kind: str, meaning: type) -> None:
    message = "messages: no" if meaning is Refused else f"model: {MODEL}"
    assert isinstance(classify_batch_error(kind, message, MODEL), meaning)


def test_an_empty_account_concerns_all_of_a_batch() -> None:
    said = classify_batch_error("invalid_request_error", NoCredit.message, MODEL)
    assert isinstance(said, Problem)
    assert "no credit left" in str(said)


@pytest.mark.parametrize("body", [None, [], "text", {}, {"error": "text"}, {"error": {}}])
def test_a_body_without_a_message(body: Any) -> None:
    assert error_message(body) == ""


def test_only_what_every_job_would_meet_is_fatal() -> None:
    for kind in ("authentication_error", "billing_error", "permission_error"):
        assert isinstance(classify_batch_error(kind, "no", MODEL), Fatal)
