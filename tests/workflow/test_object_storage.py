"""A whole run with source and results in a bucket: the official plugin and a local S3 server."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers.claude import ClaudeServer, RealEpisodes
from subtasks.dataset import dataset
from support.bucket import KEY, SECRET, Bucket, BucketServer
from support.labels import made_by_eye, responses
from support.waiting import wait_until
from support.workflow import Workflow, kill

EPISODES = 8
STORED = ("--default-storage-provider=s3", "--default-storage-prefix=s3://robots/run")


@pytest.fixture
def robots() -> Iterator[Bucket]:
    with BucketServer() as bucket:
        yield bucket


def test_killed_and_continued(workflow: Workflow, real_data: Path, robots: Bucket) -> None:
    robots.upload(real_data / "g1_bottle_v3.0", "bottle")
    given = robots.uploads()
    workflow.environment |= {
        "SNAKEMAKE_STORAGE_S3_ENDPOINT_URL": robots.url,
        "SNAKEMAKE_STORAGE_S3_ACCESS_KEY": KEY,
        "SNAKEMAKE_STORAGE_S3_SECRET_KEY": SECRET,
    }
    workflow.config = {
        "datasets": [{"root": "s3://robots/bottle"}],
        "claude": {"requests_in_flight": 1},
    }
    workflow.checks = True
    with ClaudeServer(RealEpisodes(real_data), latency=0.6) as server:
        workflow.ask(server.url, server.key)
        process = workflow.start(*STORED)
        # By then nothing is on its way into the bucket: only the last of the labels is made there.
        wait_until(lambda: len(server.answered) >= 4)
        # One is in flight: what was asked before it has its reply in the store.
        stored = {r.question for r in server.requests[:-1]}
        kill(process)
        asked_twice = {r.question for r in server.requests} - stored
        sampled = {key for key in robots.uploads() if key.endswith(".zip")}
        assert len(sampled) == EPISODES
        workflow.run("--unlock", *STORED)
        workflow.run(*STORED)
        assert len(server.answered) == EPISODES
        for question, answers in server.answered.items():
            assert answers <= 1 + (question in asked_twice)
        assert workflow.jobs(*STORED) == {}
        assert workflow.refused("review", *STORED).startswith("the review page shows results")
        # Scores are for people, and stay here.
        workflow.config["evaluate"] = {"truth": str(real_data / "g1_bottle_gold")}
        printed = workflow.run("evaluate", *STORED)
        assert "bottle: 8 episodes" in printed
        assert workflow.path("evaluations/bottle/evaluation.html").exists()
        scores = json.loads(workflow.path("evaluations/bottle/scores.json").read_text())
        assert scores["borders"]["0.25"]["f1"]["value"] == 1.0

    uploads = robots.uploads()
    assert set(uploads.values()) == {1}
    assert given.items() <= uploads.items()
    # Here is what was paid for and what the workflow knows of the dataset, and no file of it.
    assert not workflow.path("results").exists()
    assert not [path for path in workflow.folder.rglob("*.mp4") if path.is_file()]

    result = robots.download("run/results/bottle", workflow.path("downloaded"))
    columns = responses(result)
    assert sorted(columns) == list(range(EPISODES))
    for episode, labels in columns.items():
        assert labels == made_by_eye(real_data, episode, len(labels))
    read = dataset.load(result)
    assert sorted(read.episodes) == list(range(EPISODES))
    assert "response" in read.features
    source = {path.relative_to(real_data / "g1_bottle_v3.0") for path in files(real_data)}
    assert source <= {path.relative_to(result) for path in result.rglob("*") if path.is_file()}


def files(real_data: Path) -> list[Path]:
    return [path for path in (real_data / "g1_bottle_v3.0" / "meta").rglob("*") if path.is_file()]


def test_source_in_a_bucket_results_here(
    workflow: Workflow, real_data: Path, robots: Bucket
) -> None:
    robots.upload(real_data / "g1_bottle_v2.1", "g1/bottle")
    workflow.environment |= {
        "SNAKEMAKE_STORAGE_S3_ENDPOINT_URL": robots.url,
        "SNAKEMAKE_STORAGE_S3_ACCESS_KEY": KEY,
        "SNAKEMAKE_STORAGE_S3_SECRET_KEY": SECRET,
    }
    workflow.config = {
        "datasets": [{"root": "s3://robots/g1/bottle", "episodes": "2:5"}],
        "annotator": "kinematic",
    }
    workflow.checks = True
    printed = workflow.run()
    assert "bottle: 3 episodes selected, 3 annotated, 0 failed" in printed
    assert sorted(responses(workflow.path("results", "bottle"))) == [2, 3, 4]
    assert workflow.jobs() == {}
    workflow.config["datasets"] = [{"root": "s3://robots/g1", "name": "bottle"}]
    assert "meta/info.json is missing" in workflow.run(fails=True)
