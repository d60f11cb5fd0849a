"""A whole run with source and results in a bucket: the official plugin and a local S3 server."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from servers.claude import ClaudeServer, RealEpisodes
from subtasks.dataset import dataset
from subtasks.errors import Problem
from subtasks.sources import s3
from support.labels import made_by_eye, responses
from support.waiting import wait_until
from support.workflow import Workflow, kill

EPISODES = 8
KEY, SECRET = "nobody", "knows"
STORED = ("--default-storage-provider=s3", "--default-storage-prefix=s3://robots/run")


class Bucket:
    """A bucket that keeps every version of every object."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=url,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
        )
        self.client.create_bucket(Bucket="robots")
        self.client.put_bucket_versioning(
            Bucket="robots", VersioningConfiguration={"Status": "Enabled"}
        )

    def reach(self, _address: str) -> Any:
        return self.client

    def upload(self, folder: Path, prefix: str) -> None:
        for path in folder.rglob("*"):
            if path.is_file():
                key = f"{prefix}/{path.relative_to(folder)}"
                self.client.upload_file(str(path), "robots", key)

    def download(self, prefix: str, folder: Path) -> Path:
        for key in self.uploads():
            if key.startswith(f"{prefix}/"):
                path = folder / key.removeprefix(f"{prefix}/")
                path.parent.mkdir(parents=True, exist_ok=True)
                self.client.download_file("robots", key, str(path))
        return folder

    def uploads(self) -> Counter[str]:
        """How often each object was written."""
        pages = self.client.get_paginator("list_object_versions").paginate(Bucket="robots")
        return Counter(v["Key"] for page in pages for v in page.get("Versions", []))


@pytest.fixture
def robots() -> Iterator[Bucket]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield Bucket(f"http://{host}:{port}")
    server.stop()


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
    printed = workflow.run()
    assert "bottle: 3 episodes selected, 3 annotated, 0 failed" in printed
    assert sorted(responses(workflow.path("results", "bottle"))) == [2, 3, 4]
    assert workflow.jobs() == {}
    workflow.config["datasets"] = [{"root": "s3://robots/g1", "name": "bottle"}]
    assert "has no meta/info.json" in workflow.run(fails=True)


def test_metadata_is_fetched_once(robots: Bucket, real_data: Path, tmp_path: Path) -> None:
    original = real_data / "g1_bottle_v3.0"
    robots.upload(original, "bottle")
    url = "s3://robots/bottle"
    with pytest.raises(Problem, match="not here"):
        s3.pin(tmp_path, url, None)
    remote = s3.pin(tmp_path, url, robots.reach)
    here = dataset.load(original)
    there = dataset.load(tmp_path, name=here.name, remote=remote)
    assert there.episodes == here.episodes
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "meta").rglob("*")}

    robots.client.delete_object(Bucket="robots", Key="bottle/meta/stats.json")
    info = (original / "meta" / "info.json").read_bytes() + b"\n"
    robots.client.put_object(Bucket="robots", Key="bottle/meta/info.json", Body=info)
    assert s3.pin(tmp_path, url, None) == remote
    s3.pin(tmp_path, url, robots.reach, update=True)
    changed = {path for path, time in times.items() if path.exists() and _time(path) != time}
    assert {path for path in changed if path.is_file()} == {tmp_path / "meta" / "info.json"}
    assert not (tmp_path / "meta" / "stats.json").exists()


@pytest.mark.parametrize("name", ["meta/../../evil", "data//x", "data/\x07.parquet", "data\\x"])
def test_unsafe_names_are_not_fetched(robots: Bucket, tmp_path: Path, name: str) -> None:
    robots.client.put_object(Bucket="robots", Key="bottle/meta/info.json", Body=b"{}")
    robots.client.put_object(Bucket="robots", Key=f"bottle/{name}", Body=b"")
    with pytest.raises(Problem, match="no safe name"):
        s3.pin(tmp_path / "source", "s3://robots/bottle", robots.reach)
    assert not (tmp_path / "evil").exists()


def test_no_bucket_is_one_sentence(robots: Bucket, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="s3://nowhere/bottle cannot be read"):
        s3.pin(tmp_path, "s3://nowhere/bottle", robots.reach)


def _time(path: Path) -> int:
    return path.stat().st_mtime_ns
