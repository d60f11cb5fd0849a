"""Whole runs that meet batches of other runs: nothing is paid for twice, or counted twice."""

import json
import math
import os
import re
import time
from pathlib import Path
from typing import Any

import pytest

from servers.claude import (
    BadRequest,
    ClaudeServer,
    Expired,
    Fault,
    FixedLabels,
    Invalid,
    Overloaded,
    Raw,
    ServerError,
)
from servers.claude.faults import GRAMMAR_TOO_LARGE, Ask
from servers.claude.oracles import Oracle
from support import demo
from support.waiting import wait_until
from support.workflow import Workflow, kill

EPISODES = 4
THIRD_SECONDS = 0.33  # as its question says
MADE = re.compile(r"([\d,]+) requests? made, ([\d,]+) from the store")
OTHER_KEY = "sk-ant-another-workspace"
LABELS: Oracle = FixedLabels([{"time": 0.0, "subtask": "reach for the cup"}])


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Episodes of some ten frames, each a frame longer than the one before."""
    return demo.lay_out("v2.1", tmp_path_factory.mktemp("dataset"))


def run_of(folder: Path, dataset: Path, server: ClaudeServer, key: str = "") -> Workflow:
    """A run of its own that shares its replies with the others."""
    workflow = Workflow(
        folder,
        datasets=[{"root": str(dataset), "episodes": f"0:{EPISODES}"}],
        replies=str(folder.parent / "replies"),
        claude={"api": "batch", "batch": {"episodes": 2, "poll_seconds": 0.2}},
    )
    workflow.ask(server.url, key or server.key)
    return workflow


def counts(printed: str) -> tuple[int, int]:
    """The requests made and the replies from the store, as the summary says."""
    [(made, stored)] = MADE.findall(printed)
    return int(made), int(stored)


def under_way(workflow: Workflow) -> list[Path]:
    return sorted(workflow.folder.parent.glob("replies/batches/msgbatch_*[0-9a-f].json"))


def stopped_after_submitting(workflow: Workflow, server: ClaudeServer) -> None:
    """Kill a run once all its batches are under way and it waits for one."""
    process = workflow.start("--nolock")
    wait_until(
        lambda: any(each.path.split("/")[-1] in server.batches.ids for each in polls(server))
    )
    kill(process)


def polls(server: ClaudeServer) -> list[Any]:
    return [each for each in server.requests if each.method == "GET"]


def stopped(printed: str) -> str:
    """The sentences of the jobs that were under way when the run stopped."""
    return "\n".join(each for each in printed.splitlines() if each.startswith("stopped: "))


@pytest.mark.parametrize("other", ["key", "endpoint"])
def test_another_runs_batches_are_not_asked_again(
    tmp_path: Path, dataset: Path, other: str
) -> None:
    with (
        ClaudeServer(LABELS, batch_seconds=math.inf, other_keys=[OTHER_KEY]) as server,
        ClaudeServer(LABELS, key=server.key) as elsewhere,
    ):
        first = run_of(tmp_path / "first", dataset, server)
        stopped_after_submitting(first, server)
        records = under_way(first)
        assert len(records) == len(server.batches.ids) == 2
        if other == "key":
            second = run_of(tmp_path / "second", dataset, server, OTHER_KEY)
        else:
            second = run_of(tmp_path / "second", dataset, elsewhere)
        for _ in range(2):
            sentence = stopped(second.run("--keep-going", fails=True))
            assert any(f"or remove {path} to ask its 2 questions" in sentence for path in records)
            assert "run again with the key, workspace and claude.base_url" in sentence
            assert under_way(first) == records
        assert not elsewhere.submitted
        assert not server.batches_of(OTHER_KEY).ids
        for batch in server.batches.ids:
            server.batches.finish(batch)
        assert counts(first.run()) == (EPISODES, 0)
        assert counts(second.run()) == (0, EPISODES)
        assert set(server.submitted.values()) == {1}
        assert len(server.submitted) == EPISODES


def test_who_removes_the_records_pays_again(tmp_path: Path, dataset: Path) -> None:
    with ClaudeServer(LABELS, batch_seconds=math.inf) as server, ClaudeServer(LABELS) as elsewhere:
        first = run_of(tmp_path / "first", dataset, server)
        stopped_after_submitting(first, server)
        second = run_of(tmp_path / "second", dataset, elsewhere)
        second.run(fails=True)
        for path in under_way(first):
            path.unlink()
        assert counts(second.run()) == (EPISODES, 0)
        assert set(elsewhere.submitted.values()) == {1}


def test_what_is_older_than_29_days_is_said_and_asked_again(tmp_path: Path, dataset: Path) -> None:
    """The record is one of an earlier version, and its batch is gone."""
    with ClaudeServer(LABELS, batch_seconds=math.inf) as server, ClaudeServer(LABELS) as elsewhere:
        workflow = run_of(tmp_path / "first", dataset, server)
        stopped_after_submitting(workflow, server)
        long_ago = time.time() - 29.5 * 86400
        for path in under_way(workflow):
            content = json.loads(path.read_text())
            path.write_text(json.dumps({name: content[name] for name in ("keys", "bound_usd")}))
            os.utime(path, (long_ago, long_ago))
        workflow.ask(elsewhere.url, elsewhere.key)
        printed = workflow.run()
        assert printed.count("was submitted more than 29 days ago, and the API no longer") == 2
        assert counts(printed) == (EPISODES, 0)
        assert len(elsewhere.submitted) == EPISODES


def test_a_request_counts_for_the_run_that_made_it(tmp_path: Path, dataset: Path) -> None:
    """Whoever collects it: the first run is killed, the second collects, the first goes on."""
    with ClaudeServer(LABELS, batch_seconds=math.inf) as server:
        first = run_of(tmp_path / "first", dataset, server)
        second = run_of(tmp_path / "second", dataset, server)
        stopped_after_submitting(first, server)
        for batch in server.batches.ids:
            server.batches.finish(batch)
        assert counts(second.run()) == (0, EPISODES)
        assert counts(first.run()) == (EPISODES, 0)
        # It has counted them: what is asked again comes from the store.
        assert counts(first.run("--forcerun", "annotate")) == (0, EPISODES)
        assert len(server.batches.ids) == 2


def test_two_runs_at_once_count_each_request_once(tmp_path: Path, dataset: Path) -> None:
    with ClaudeServer(LABELS, batch_seconds=math.inf) as server:
        runs = [run_of(tmp_path / name, dataset, server) for name in ("first", "second")]
        processes = [each.start() for each in runs]
        try:
            wait_until(lambda: len(server.batches.ids) == 2)
            jobs = EPISODES // 2 * len(runs)
            wait_until(lambda: waiting(runs) == jobs)
        finally:
            for batch in server.batches.ids:
                server.batches.finish(batch)
            printed = [process.communicate()[0] for process in processes]
        found = [counts(each) for each in printed]
        assert sum(made for made, _ in found) == EPISODES
        assert all(made + stored == EPISODES for made, stored in found)
        assert set(server.submitted.values()) == {1}


def waiting(runs: list[Workflow]) -> int:
    """How many jobs have polled a batch, by their logs."""
    logs = [log for each in runs for log in each.folder.glob("work/*/logs/annotate/*.log")]
    return sum("in_progress" in log.read_text() for log in logs)


@pytest.mark.parametrize(
    ("fault", "words", "again"),
    [
        (ServerError(), "3 batches gave no answer: api_error: Internal server error", 2),
        (Overloaded(), "3 batches gave no answer: overloaded_error: Overloaded", 2),
        (Expired(), "3 batches gave no answer: the request expired", 2),
        (Invalid(), "the API refused the question (400: messages.0.content.1", 0),
        (Raw(b'{"custom_id": "CUSTOM_ID"}'), "3 batches gave no answer: its result cannot", 2),
        (Raw(b"\xff"), "batch msgbatch_", 0),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Fault) else "",
)
def test_a_question_without_an_answer_fails_its_episode_by_name(
    tmp_path: Path, dataset: Path, fault: Fault, words: str, again: int
) -> None:
    durations: set[float] = set()

    def unlucky(ask: Ask) -> Fault | None:
        """Whoever asks about the third episode."""
        assert ask.question is not None
        durations.add(ask.question.duration or 0.0)
        return fault if ask.question.duration == THIRD_SECONDS else None

    with ClaudeServer(LABELS, faults=unlucky) as server:
        workflow = run_of(tmp_path / "run", dataset, server)
        printed = workflow.run("--keep-going", fails=True)
        assert durations > {THIRD_SECONDS}
        assert f"{EPISODES} episodes selected, {EPISODES - 1} annotated, 1 failed" in printed
        assert f"failed: episode 000002: {words}" in printed
        assert len(server.batches.ids) == 2 + again


def test_what_concerns_every_question_ends_the_run(tmp_path: Path, dataset: Path) -> None:
    with ClaudeServer(LABELS, faults=BadRequest(GRAMMAR_TOO_LARGE)) as server:
        workflow = run_of(tmp_path / "run", dataset, server)
        sentence = stopped(workflow.run("--keep-going", "--cores=1", fails=True))
        assert "the API refuses every question of this run" in sentence


@pytest.mark.parametrize("damage", [b"", b"\xff", b"[" * 200_000, b'{"keys": 7, "bound_usd": 1}'])
def test_a_damaged_record_is_named(tmp_path: Path, dataset: Path, damage: bytes) -> None:
    with ClaudeServer(LABELS) as server:
        workflow = run_of(tmp_path / "run", dataset, server)
        record = tmp_path / "replies/batches/msgbatch_1.json"
        record.parent.mkdir(parents=True)
        record.write_bytes(damage)
        assert f"{record}, the record of a message batch, is damaged" in workflow.run(fails=True)
        assert not server.submitted
        record.unlink()
        assert counts(workflow.run()) == (EPISODES, 0)
