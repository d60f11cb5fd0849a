"""Whole runs through message batches: half the price, the same labels, nothing paid for twice."""

import json
import math
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from servers.claude import ClaudeServer, Expired, RealEpisodes, ServerError
from servers.claude.faults import Ask, Fault
from support.labels import made_by_eye, responses
from support.waiting import wait_until
from support.workflow import Workflow, kill

EPISODES = 2
WAITING = 4  # jobs that wait for batches at once, unless claude_jobs says otherwise
TWINS = ["g1_bottle_v2.1", "g1_bottle_v3.0"]


@pytest.fixture(scope="module")
def oracle(real_data: Path) -> RealEpisodes:
    return RealEpisodes(real_data)


def in_batches(real_data: Path, *names: str, size: int = 1, **claude: Any) -> dict[str, Any]:
    """A config that asks through batches of `size` episodes."""
    chosen = f"0:{EPISODES}"
    return {
        "datasets": [{"root": str(real_data / name), "episodes": chosen} for name in names],
        "claude": {"api": "batch", "batch": {"episodes": size, "poll_seconds": 0.2}, **claude},
    }


def assert_labels(workflow: Workflow, real_data: Path, name: str) -> None:
    columns = responses(workflow.path("results", name))
    labelled = {episode: labels for episode, labels in columns.items() if any(labels)}
    assert sorted(labelled) == list(range(EPISODES))
    for episode, labels in labelled.items():
        assert labels == made_by_eye(real_data, episode, len(labels))


def test_batches_give_what_live_asking_gives(
    workflow: Workflow, real_data: Path, oracle: RealEpisodes
) -> None:
    """Two datasets hold the same frames: what both ask is submitted once."""
    workflow.config = in_batches(real_data, *TWINS)
    with ClaudeServer(oracle) as server:
        workflow.ask(server.url, server.key)
        printed = workflow.run()
        assert len(server.submitted) == len(server.answered) == EPISODES
        assert set(server.submitted.values()) == set(server.answered.values()) == {1}
        # None is waited for before all are submitted.
        paths = [(record.method, record.path) for record in server.requests]
        submitted = [i for i, each in enumerate(paths) if each == ("POST", "/v1/messages/batches")]
        looked = [i for i, (method, _) in enumerate(paths) if method == "GET"]
        assert len(submitted) == 2
        assert max(submitted) < min(looked)
        assert "Nothing to be done" in workflow.run()
        for name in TWINS:
            assert f"{name}: 2 episodes selected, 2 annotated, 0 failed" in printed
            assert_labels(workflow, real_data, name)
        receipt = json.loads(
            workflow.path(f"work/{TWINS[0]}/receipts/000001-000001.json").read_text()
        )
        assert set(receipt["batches"]) <= set(server.batches.ids)
        assert list(receipt["questions"]) == ["episode_000001"]

        # Live asking means the same, so it finds every answer in the store.
        before = {name: responses(workflow.path("results", name)) for name in TWINS}
        workflow.config["claude"] = {}
        workflow.run()
        assert len(server.answered) == EPISODES
        # What is asked again without its store is answered again.
        workflow.config["replies"] = "others"
        workflow.run("--forcerun", "annotate")
        assert set(server.answered.values()) == {2}
        assert len(server.batches.ids) == 2
        assert before == {name: responses(workflow.path("results", name)) for name in TWINS}


def test_a_dataset_that_fails_leaves_no_others_answers_uncollected(
    workflow: Workflow, real_data: Path, oracle: RealEpisodes
) -> None:
    """A data file of one and a video of the other cannot be read: each fails an episode."""
    broken, other = (workflow.path(name) for name in ("broken", "other"))
    for root in (broken, other):
        shutil.copytree(real_data / TWINS[0], root)
    (broken / "data/chunk-000/episode_000001.parquet").write_bytes(b"nothing to find motion in")
    [video] = other.glob("videos/*/*/episode_000001.mp4")
    video.write_bytes(b"no video")
    workflow.config = in_batches(workflow.folder, "broken", "other")
    workflow.config["labels"] = {"motion_hints": True}
    with ClaudeServer(oracle) as server:
        workflow.ask(server.url, server.key)
        printed = workflow.run("--keep-going", fails=True)
        assert "other: 2 episodes selected, 1 annotated, 1 failed" in printed
        assert "broken: 2 episodes selected, 1 annotated, 1 failed" in printed
        assert server.submitted == server.answered
        assert set(server.answered.values()) == {1}


def test_killed_at_every_stage(workflow: Workflow, real_data: Path, oracle: RealEpisodes) -> None:
    """While it submits, while it waits, while it collects."""
    workflow.config = in_batches(real_data, TWINS[0])
    replies = workflow.path("replies")

    class Late(ClaudeServer):
        """Its answers to a submission come late; the batch is there."""

        seconds = 60.0

        def _submit(self, *arguments: Any) -> Any:
            reply = super()._submit(*arguments)
            time.sleep(self.seconds)
            return reply

    def killed_when(condition: Callable[[], Any]) -> None:
        process = workflow.start("--nolock")
        wait_until(condition)
        kill(process)

    with Late(oracle, batch_seconds=math.inf) as server:
        workflow.ask(server.url, server.key)
        killed_when(lambda: server.batches.ids)
        assert list(replies.glob("batches/intent-*.json"))
        server.seconds = 0.0
        killed_when(
            lambda: any(each.path.endswith(server.batches.ids[-1]) for each in server.requests)
        )
        assert len(server.batches.ids) == 2
        for batch in server.batches.ids:
            server.batches.finish(batch)
        killed_when(lambda: any(replies.glob("[0-9a-f][0-9a-f]/*.json")))
        workflow.run()
        assert len(server.batches.ids) == 2
        assert len(server.submitted) == EPISODES
        assert set(server.submitted.values()) == {1}
    assert_labels(workflow, real_data, TWINS[0])


@pytest.mark.thorough
def test_jobs_that_wait_do_not_keep_finished_ones_waiting(
    workflow: Workflow, real_data: Path, oracle: RealEpisodes
) -> None:
    """There are more batches than jobs that Snakemake runs at once on two cores."""
    workflow.config = in_batches(real_data, TWINS[0])
    workflow.config["datasets"][0].pop("episodes")
    with ClaudeServer(oracle, batch_seconds=math.inf) as server:

        def awaited() -> set[str]:
            looked = {each.path.split("/")[-1] for each in server.requests if each.method == "GET"}
            return looked.intersection(server.batches.ids)

        workflow.ask(server.url, server.key)
        process = workflow.start()
        try:
            wait_until(lambda: len(awaited()) == WAITING)
            answered = min(awaited())
            server.batches.finish(answered)
            [receipt] = [
                path
                for path in workflow.path("work", TWINS[0], "receipts").glob("*.json")
                if answered in json.loads(path.read_text())["batches"]
            ]
            episode = receipt.stem.split("-")[0]
            data = f"data/chunk-000/episode_{episode}.parquet"
            wait_until(workflow.path("results", TWINS[0], data).exists)
            wait_until(lambda: len(awaited()) == WAITING + 1)
            assert len(server.batches.ids) == 8
        finally:
            for batch in server.batches.ids:
                server.batches.finish(batch)
            printed, _ = process.communicate()
        assert "8 episodes selected, 8 annotated, 0 failed" in printed
        # The run says how far they are while they wait, not only the jobs' logs.
        waits = "in_progress; 1 processing, 0 succeeded, 0 errored, 0 expired of 1"
        ended = "ended; 0 processing, 1 succeeded, 0 errored, 0 expired of 1"
        states = [printed.index(f"batch {answered}: {state}") for state in (waits, ended)]
        assert states == sorted(states)
        assert states[-1] < printed.index("8 episodes selected")


def test_passes_go_in_rounds_and_what_failed_goes_again(
    workflow: Workflow, real_data: Path, oracle: RealEpisodes
) -> None:
    def unlucky(ask: Ask) -> Fault | None:
        """What asks about episode 1 first expires, then errs, then is answered."""
        faults = [Expired(), ServerError()] if ask.episode == "episode_000001" else []
        return faults[ask.attempt] if ask.attempt < len(faults) else None

    workflow.config = in_batches(real_data, TWINS[0], size=2)
    workflow.config["labels"] = {"passes": ["describe", "segment", "relabel"]}
    with ClaudeServer(oracle, faults=unlucky) as server:
        workflow.ask(server.url, server.key)
        printed = workflow.run()
        assert "2 episodes selected, 2 annotated, 0 failed" in printed
        assert set(server.answered.values()) == {1}
        assert sorted(set(server.submitted.values())) == [1, 3]
        assert len(server.batches.ids) == 3 * 3  # passes, and tries of each
        # It is unknown when batches run, so nothing is paid to be kept in a cache.
        assert not server.tokens["cache_creation_input_tokens"]
        assert_labels(workflow, real_data, TWINS[0])


def test_other_providers_have_no_batches(workflow: Workflow, real_data: Path) -> None:
    workflow.config = in_batches(real_data, TWINS[0], provider="bedrock")
    printed = workflow.run("--dry-run", fails=True)
    [sentence] = [line for line in printed.splitlines() if "claude.provider" in line]
    assert "claude.provider is bedrock, which has no message batches" in sentence
