"""The waits that the API asks for: read as the SDK reads them, said when long, refused too long."""

import email.utils
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks import job_messages
from subtasks.api.errors import Unavailable
from subtasks.api.waits import asked_wait, format_wait
from subtasks.errors import Fatal
from support.fixed_endpoint import Endpoint, ask, error_body

NOW = 1_800_000_000.0


def date(seconds: float) -> str:
    return email.utils.formatdate(NOW + seconds, usegmt=True)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry-after": "12"}, 12.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": " 12 "}, 12.0),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "1500", "retry-after": "60"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "60"}, 60.0),
        ({"retry-after": date(90)}, 90.0),
        ({"retry-after": date(-90)}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "0"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, float("inf")),
        ({"retry-after": "99999999999"}, 99999999999.0),
        ({"retry-after": "Wed, 01 Jan 99999 00:00:00 GMT"}, None),
        ({"retry-after": "Wed, 99 Foo 2026 99:99:99 GMT"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "in a while"}, None),
    ],
)
def test_the_wait_that_headers_ask_for(headers: dict[str, str], wait: float | None) -> None:
    assert asked_wait(headers, NOW) == (pytest.approx(wait) if wait else None)


@given(st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms"]), st.text()))
def test_any_header_is_a_wait_or_none(headers: dict[str, str]) -> None:
    wait = asked_wait(headers, NOW)
    assert wait is None or wait > 0
    assert format_wait(wait or 0.0)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (90, "90 s"),
        (600, "10 min"),
        (3600, "60 min"),
        (7200, "2 h"),
        (200_000, "3 days"),
        (1e12, "more than a year"),
        (float("inf"), "more than a year"),
    ],
)
def test_how_a_wait_is_written(seconds: float, text: str) -> None:
    assert format_wait(seconds) == text


@pytest.mark.parametrize("status", [429, 503, 529])
@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after": "3600"},
        {"retry-after-ms": "3600000"},
        {"retry-after": email.utils.formatdate(time.time() + 3600, usegmt=True)},
        {"retry-after": "1e300"},
    ],
)
@pytest.mark.parametrize("retries", [0, 3])
def test_a_wait_that_is_too_long_ends_the_run(
    endpoint: Endpoint, tmp_path: Path, status: int, headers: dict[str, str], retries: int
) -> None:
    endpoint.respond(status, error_body("rate_limit_error", "slow\ndown"), headers=headers)
    with pytest.raises(Fatal) as caught:
        ask(tmp_path, endpoint.url, retries=retries)
    sentence = str(caught.value)
    assert f"({status}: slow down)" in sentence
    assert "claude.max_wait allows 10 min: run again " in sentence
    assert len(endpoint.keys) == 1


def test_the_end_of_the_wait_is_said(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.respond(429, error_body("rate_limit_error", "no"), headers={"retry-after": "1200"})
    with pytest.raises(Fatal, match=r"asks to wait 20 min .*: run again at [-0-9 ]*\d\d:\d\d, or"):
        ask(tmp_path, endpoint.url)
    endpoint.respond(429, b"\xff<html>", headers={"retry-after": "9e9"})
    with pytest.raises(Fatal, match=r"asks to wait more than a year .*: run again later, or"):
        ask(tmp_path, endpoint.url)


@pytest.mark.parametrize("status", [408, 409, 500])
def test_one_question_is_not_waited_for_that_long(
    endpoint: Endpoint, tmp_path: Path, status: int
) -> None:
    endpoint.respond(status, error_body("api_error", "no"), headers={"retry-after": "3600"})
    with pytest.raises(Unavailable, match="after all retries"):
        ask(tmp_path, endpoint.url, retries=3)
    assert len(endpoint.keys) == 1


def test_a_shorter_limit_is_kept(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.respond(429, error_body("rate_limit_error", "no"), headers={"retry-after": "5"})
    with pytest.raises(Fatal, match=r"allows 2 s"):
        ask(tmp_path, endpoint.url, retries=1, max_wait=2)


@pytest.mark.parametrize("header", ["Wed, 01 Jan 99999 00:00:00 GMT", "nan", "-3", "0.01"])
def test_a_strange_wait_is_none(endpoint: Endpoint, tmp_path: Path, header: str) -> None:
    endpoint.respond(529, error_body("overloaded_error", "no"), headers={"retry-after": header})
    with pytest.raises(Unavailable, match="still overloaded"):
        ask(tmp_path, endpoint.url, retries=1)
    assert len(endpoint.keys) == 2


def test_a_long_wait_is_said_once_on_the_terminal(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    async def no_sleep(_: object, **__: object) -> None:
        assert said

    monkeypatch.setattr(job_messages, "send", said.append)
    monkeypatch.setattr("anthropic._base_client.AsyncAPIClient._sleep_for_retry", no_sleep)
    endpoint.respond(429, error_body("rate_limit_error", "no"), headers={"retry-after": "300"})
    with pytest.raises(Unavailable):
        ask(tmp_path, endpoint.url, retries=3)
    assert len(endpoint.keys) == 4
    [line] = said
    assert line.startswith("the Claude API asks to wait 5 min (429): going on at ")


def test_a_short_wait_is_not_said(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(job_messages, "send", said.append)
    endpoint.respond(429, error_body("rate_limit_error", "no"), headers={"retry-after": "0.01"})
    with pytest.raises(Unavailable):
        ask(tmp_path, endpoint.url, retries=2)
    assert said == []
