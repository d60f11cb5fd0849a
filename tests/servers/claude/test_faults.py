"""The stand-in for the Claude API can fail in every way the API can."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import pytest

from servers.claude import (
    About,
    Altered,
    BadRequest,
    BareArray,
    Chance,
    Chatty,
    ClaudeServer,
    CutOff,
    Dropped,
    Fenced,
    FixedLabels,
    FromFunction,
    HalfAnswer,
    Limits,
    Overloaded,
    RateLimited,
    Raw,
    Refusal,
    ServerError,
    Slow,
    Stalled,
    TooLarge,
    Unusable,
    refusals,
)
from servers.claude.errors import ApiError
from servers.claude.faults import (
    DELETED,
    GRAMMAR_TOO_LARGE,
    PROMPT_TOO_LONG,
    TEXT,
    TOO_MANY_OUTPUT_TOKENS,
    UNKNOWN_PARAMETER,
    Ask,
    Failing,
)
from support.messages import LABELS, asking, client, picture, raw, said, text
from support.waiting import wait_until


@pytest.fixture(scope="module")
def server() -> Iterator[ClaudeServer]:
    with ClaudeServer(FixedLabels(LABELS)) as server:
        yield server


# Faults


@pytest.mark.parametrize(
    ("fault", "stop_reason", "check"),
    [
        (Refusal(), "refusal", lambda words, _: words == ""),
        (CutOff(), "max_tokens", lambda words, truth: truth.startswith(words) and words != truth),
        (Unusable("No."), "end_turn", lambda words, _: words == "No."),
        (Fenced(), "end_turn", lambda words, truth: words == f"```json\n{truth}\n```"),
        (Chatty(), "end_turn", lambda words, truth: truth in words and words != truth),
        (BareArray(), "end_turn", lambda words, _: isinstance(json.loads(words), list)),
    ],
)
def test_an_answer_can_be_bent(server, fault, stop_reason, check):
    truth = said(client(server).messages.create(**asking()))
    with ClaudeServer(FixedLabels(LABELS), faults=fault) as bent:
        message = client(bent).messages.create(**asking())
    assert message.stop_reason == stop_reason
    assert check(said(message), truth)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (RateLimited(0.05), anthropic.RateLimitError),
        (Overloaded(), anthropic.APIStatusError),
        (ServerError(), anthropic.InternalServerError),
        (Dropped(), anthropic.APIConnectionError),
        (HalfAnswer(), anthropic.APIConnectionError),
        (Stalled(0.05), anthropic.APIConnectionError),
    ],
)
def test_a_request_can_fail_once(fault, expected):
    with ClaudeServer(faults=[fault]) as server:
        with pytest.raises(expected):
            client(server).messages.create(**asking())
        assert not server.answered
        client(server).messages.create(**asking())
        assert list(server.answered.values()) == [1]
        assert [record.sent for record in server.requests] == [
            server.requests[0].status in (429, 500, 529),
            True,
        ]


def test_the_sdk_tries_again_by_itself():
    with ClaudeServer(faults=[RateLimited(0.05), HalfAnswer(), None]) as server:
        client(server, max_retries=2).messages.create(**asking())
        assert [record.status for record in server.requests] == [429, 200, 200]
        assert list(server.answered.values()) == [1]


def test_faults_can_be_planned_for_an_episode(server):
    plan = {"8.0 s": [Refusal()], "9.0 s": Refusal(), "*": None}
    with ClaudeServer(FromFunction(lambda _: LABELS), faults=plan) as server:
        reasons = {
            duration: [
                client(server)
                .messages.create(**asking(text(f"Duration: {duration} s")))
                .stop_reason
                for _ in range(2)
            ]
            for duration in ("8.00", "9.00", "10.00")
        }
    assert reasons == {
        "8.00": ["refusal", "end_turn"],
        "9.00": ["refusal", "refusal"],
        "10.00": ["end_turn", "end_turn"],
    }


def test_chance_is_the_same_for_the_same_seed_and_ends():
    questions = [refusals.read(asking(text(f"Episode {number}"))) for number in range(200)]
    plan = Chance(0.3, [Overloaded(), Dropped()], seed=1, at_most=2)
    first = [plan(Ask(question, None, 0)) for question in questions]
    assert first == [plan(Ask(question, None, 0)) for question in questions]
    assert 30 <= sum(fault is not None for fault in first) <= 90
    assert {Overloaded(), Dropped()} < set(first)
    assert [plan(Ask(question, None, 2)) for question in questions] == [None] * 200


def test_who_hangs_up_has_no_answer():
    with ClaudeServer(faults=[Slow(60)]) as server:
        with pytest.raises(anthropic.APITimeoutError):
            client(server, timeout=0.2).messages.create(**asking())
        wait_until(lambda: not server.in_flight)
        assert server.requests[0].status is None
        assert not server.answered


def test_100_questions_are_in_flight_at_once():
    together = threading.Barrier(100)

    def wait_for_all(_):
        together.wait(timeout=30)
        return LABELS

    body = json.dumps(asking()).encode()
    with ClaudeServer(FromFunction(wait_for_all)) as server:
        threads = [threading.Thread(target=raw, args=[server, body]) for _ in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.most_in_flight == 100
        assert list(server.answered.values()) == [100]
        assert server.in_flight == []


def test_records_keep_headers_but_no_key(server):
    client(server).messages.create(**asking())
    raw(server, asking())
    assert server.requests[-2].headers["x-stainless-retry-count"] == "0"
    assert server.key not in repr(server.requests)


# Rate limits


def test_limits_are_told_before_and_when_they_are_reached():
    with ClaudeServer(limits=Limits(requests=2, minute=600)) as server:
        left = []
        for _ in range(2):
            status, headers, _ = raw(server, asking())
            assert status == 200
            left.append(int(headers["anthropic-ratelimit-requests-remaining"]))
        assert left == [1, 0]
        assert headers["anthropic-ratelimit-requests-limit"] == "2"
        assert headers["anthropic-ratelimit-input-tokens-reset"].endswith("Z")
        status, headers, error = raw(server, asking())
        assert (status, error["error"]["type"]) == (429, "rate_limit_error")
        assert 0 < float(headers["retry-after"]) <= 300


def test_who_comes_again_when_told_to_gets_through():
    with ClaudeServer(limits=Limits(requests=2, minute=1.0)) as server:
        for _ in range(4):
            client(server, max_retries=3).messages.create(**asking())
        assert list(server.answered.values()) == [4]


def test_cached_reads_do_not_count_as_input():
    body = asking(*[picture(1120, 672) | {"cache_control": {"type": "ephemeral"}}] * 3)
    size = refusals.read(body).input_tokens
    with ClaudeServer(limits=Limits(input_tokens=size + 1, minute=3600)) as server:
        assert [raw(server, body)[0] for _ in range(3)] == [200, 200, 200]
        assert raw(server, asking(picture(1120, 700)))[0] == 429
        assert raw(server, asking(model="claude-sonnet-4-6"))[0] == 200  # another family


def asked_about(number: int, server: ClaudeServer) -> tuple[int, dict[str, str], bytes]:
    """Send a question without the SDK, and return status, headers and body as they come."""
    connection = http.client.HTTPConnection("127.0.0.1", int(server.url.rsplit(":", 1)[1]))
    with contextlib.closing(connection):
        headers = {"x-api-key": server.key, "anthropic-version": "2026-10-21"}
        body = json.dumps(asking(text(f"What is {number}?")))
        connection.request("POST", "/v1/messages", body, headers)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()


@pytest.mark.parametrize("fault", [ServerError(), Overloaded(), RateLimited(retry_after=3600)])
def test_one_question_fails_and_the_others_do_not(fault: Failing):
    with ClaudeServer(faults=About("What is 3?", fault, times=2)) as server:
        found = [asked_about(number, server)[0] for number in (1, 3, 3, 3)]
        assert found == [200, fault.error.status, fault.error.status, 200]
    with ClaudeServer(faults=About("What is 3?", fault)) as server:
        assert {asked_about(3, server)[0] for _ in range(5)} == {fault.error.status}


def test_who_comes_too_often_is_told_when_to_come_again():
    with ClaudeServer(faults=RateLimited(retry_after=3600)) as server:
        assert asked_about(3, server)[1]["retry-after"] == "3600"


@pytest.mark.parametrize(
    "fault",
    [
        BadRequest(GRAMMAR_TOO_LARGE),
        BadRequest(PROMPT_TOO_LONG),
        BadRequest(UNKNOWN_PARAMETER),
        BadRequest(TOO_MANY_OUTPUT_TOKENS),
        TooLarge(),
    ],
)
def test_what_the_api_has_against_a_request(fault: Failing):
    with ClaudeServer(faults=fault) as server:
        status, _, body = asked_about(3, server)
    assert status == fault.error.status in (400, 413)
    assert json.loads(body)["error"]["message"] == fault.error.message


@pytest.mark.parametrize(
    ("values", "content"),
    [
        ({"content": None}, None),
        ({"content": "No."}, "No."),
        ({"content": [TEXT | {"text": "\ud800"}]}, [{"type": "text", "text": "\ud800"}]),
        ({"content": DELETED}, "nothing"),
    ],
)
def test_a_message_that_no_claude_sends(values: dict[str, Any], content: Any):
    with ClaudeServer(faults=About("What is 3?", Altered(values))) as server:
        message = json.loads(asked_about(3, server)[2])
        assert message.get("content", "nothing") == content
        assert message["role"] == "assistant"
        assert json.loads(asked_about(4, server)[2])["content"][0]["type"] == "text"


def test_a_body_that_no_api_sends():
    with ClaudeServer(faults=About("What is 3?", Raw(b"\xff[[", 503, "text/plain"))) as server:
        status, headers, body = asked_about(3, server)
    assert (status, headers["content-type"], body) == (503, "text/plain", b"\xff[[")


# The command line


def test_it_runs_from_the_command_line():
    command = [sys.executable, Path(__file__).parent, "--latency=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=os.sep) as process:
        try:
            lines = [process.stdout.readline().strip() for _ in range(2)]
            settings = dict(line.removeprefix("export ").split("=", 1) for line in lines)
            asked = anthropic.Anthropic(
                base_url=settings["ANTHROPIC_BASE_URL"], api_key=settings["ANTHROPIC_API_KEY"]
            )
            answer = json.loads(said(asked.messages.create(**asking())))
            assert answer["subtasks"][0]["time"] == 0.0
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=10) == 0


def test_an_error_has_the_status_of_its_kind():
    with pytest.raises(ApiError, match="model: Field required") as refusal:
        refusals.read({})
    assert refusal.value.status == 400
