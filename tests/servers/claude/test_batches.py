"""The stand-in for the Claude API takes message batches as the API does."""

import contextlib
import http.client
import json
import math
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest

from servers.claude import (
    About,
    Altered,
    ClaudeServer,
    Dropped,
    Expired,
    FixedLabels,
    FromFunction,
    HalfAnswer,
    Overloaded,
    Raw,
    Refusal,
)
from support.messages import LABELS, asking, client, raw, said, submit, text
from support.waiting import wait_until


@pytest.fixture(scope="module")
def server() -> Iterator[ClaudeServer]:
    with ClaudeServer(FixedLabels(LABELS)) as server:
        yield server


def collected(server: ClaudeServer, batch_id: str) -> dict[str, Any]:
    batches = client(server).messages.batches
    wait_until(lambda: batches.retrieve(batch_id).processing_status == "ended")
    return {line.custom_id: line.result for line in batches.results(batch_id)}


def test_a_batch_gives_the_answers_that_live_requests_get():
    bodies = [asking(text(f"Duration: {seconds}.00 s")) for seconds in range(3, 23)]
    with ClaudeServer(FixedLabels(LABELS), batch_seconds=math.inf) as server:
        batch = submit(server, *bodies)
        view = client(server).messages.batches.retrieve(batch)
        assert (view.processing_status, view.results_url) == ("in_progress", None)
        assert view.request_counts.processing == 20
        assert raw_get(server, f"/v1/messages/batches/{batch}/results") == 400
        assert not server.answered
        server.batches.finish(batch)
        results = collected(server, batch)
        view = client(server).messages.batches.retrieve(batch)
        assert view.request_counts.succeeded == 20
        assert server.answered == server.submitted
        live = [said(client(server).messages.create(**body)) for body in bodies]
        assert [said(results[f"episode_{index}"].message) for index in range(20)] == live
        assert list(results) != sorted(results, key=lambda name: int(name.rsplit("_", 1)[1]))
        assert results["episode_0"].message.usage.service_tier == "batch"


def raw_get(server: ClaudeServer, path: str) -> int:
    port = int(server.url.rsplit(":", 1)[1])
    headers = {"x-api-key": server.key, "anthropic-version": "2026-10-21"}
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status


def test_each_request_of_a_batch_has_an_end_of_its_own():
    plan = {"4.0 s": Expired(), "5.0 s": Overloaded(), "6.0 s": [Refusal()]}
    bodies = [asking(text(f"Duration: {seconds}.00 s")) for seconds in (3, 4, 5, 6)]
    with ClaudeServer(FromFunction(lambda _: LABELS), faults=plan, batch_seconds=0) as server:
        batch = submit(server, *bodies, asking(text("Duration: 3.00 s"), max_tokens=None))
        results = [result for _, result in sorted(collected(server, batch).items())]
        assert [result.type for result in results] == [
            *("succeeded", "expired", "errored", "succeeded", "errored")
        ]
        assert results[2].error.error.type == "overloaded_error"
        assert results[3].message.stop_reason == "refusal"
        assert "max_tokens" in results[4].error.error.message
        counts = client(server).messages.batches.retrieve(batch).request_counts
        assert (counts.succeeded, counts.errored, counts.expired) == (2, 2, 1)


def test_a_cancelled_batch_ends_without_answers():
    with ClaudeServer(batch_seconds=60) as server:
        batch = submit(server, asking())
        view = client(server).messages.batches.cancel(batch)
        assert view.processing_status == "canceling"
        assert [result.type for result in collected(server, batch).values()] == ["canceled"]
        assert not server.answered


def test_batches_can_be_gone_whole_or_their_results():
    with ClaudeServer(batch_seconds=0) as server:
        batch = submit(server, asking())
        collected(server, batch)
        server.batches.archive(batch)
        assert client(server).messages.batches.retrieve(batch).archived_at
        assert raw_get(server, f"/v1/messages/batches/{batch}/results") == 404
        server.batches.forget(batch)
        with pytest.raises(anthropic.NotFoundError):
            client(server).messages.batches.retrieve(batch)


def test_batches_are_listed_in_pages_newest_first():
    with ClaudeServer(batch_seconds=60) as server:
        ids = [submit(server, asking()) for _ in range(5)]
        page = client(server).messages.batches.list(limit=2)
        assert [batch.id for batch in page.data] == ids[:2:-1]
        assert page.has_more
        assert [batch.id for batch in client(server).messages.batches.list(limit=2)] == ids[::-1]


@pytest.mark.parametrize(
    ("requests", "words"),
    [
        ([], "at least 1 item"),
        ([{"custom_id": "a", "params": {}}] * 2, "not unique"),
        ([{"custom_id": "episode 1", "params": {}}], "should match pattern"),
        ([{"custom_id": "x" * 65, "params": {}}], "should match pattern"),
        ([{"custom_id": "a"}], "keys custom_id and params"),
        ([{"custom_id": str(n), "params": {}} for n in range(100_001)], "at most 100000"),
    ],
)
def test_batches_that_break_a_rule_are_refused_whole(server, requests, words):
    status, _, error = raw(server, {"requests": requests}, "/v1/messages/batches")
    assert status == 400
    assert words in error["error"]["message"]


def test_a_batch_may_be_accepted_though_its_answer_is_lost():
    with ClaudeServer(submit_faults=[Dropped(), HalfAnswer()]) as server:
        with pytest.raises(anthropic.APIConnectionError):
            submit(server, asking())
        assert (server.batches.ids, list(server.submitted)) == ([], [])
        with pytest.raises(anthropic.APIConnectionError):
            submit(server, asking())
        assert len(server.batches.ids) == len(server.submitted) == 1


def test_workspaces_do_not_see_each_others_batches():
    with ClaudeServer(other_keys=["sk-ant-other"], batch_seconds=math.inf) as server:
        mine = client(server).messages.batches
        others = client(server).with_options(api_key="sk-ant-other").messages.batches
        batch = submit(server, asking())
        assert mine.retrieve(batch).id == batch
        assert [each.id for each in mine.list()] == [batch] == server.batches.ids
        assert not list(others.list())
        assert not server.batches_of("sk-ant-other").ids
        for call in (others.retrieve, others.results, others.cancel):
            with pytest.raises(anthropic.NotFoundError) as refusal:
                call(batch)
            assert refusal.value.type == "not_found_error"


def test_lines_of_results_that_no_api_sends():
    lines = b'{"custom_id": "CUSTOM_ID", "result": {"type": "tired"}}\n\xff'
    odd = [About("What is 3?", Raw(lines)), About("What is 4?", Altered({"content": 7}))]
    with ClaudeServer(
        faults=lambda ask: next((f for each in odd if (f := each(ask))), None)
    ) as server:
        batch = submit(server, *(asking(text(f"What is {number}?")) for number in (3, 4, 5)))
        wait_until(lambda: client(server).messages.batches.retrieve(batch).results_url)
        found = server.batches.results(batch).splitlines()
    assert len(found) == 4
    assert b'{"custom_id": "episode_0", "result": {"type": "tired"}}' in found
    assert b"\xff" in found
    messages = {
        line["custom_id"]: line["result"]["message"]["content"]
        for line in map(json.loads, (each for each in found if each != b"\xff"))
        if "message" in line["result"]
    }
    assert messages.pop("episode_1") == 7
    assert messages["episode_2"][0]["type"] == "text"
