"""Datasets in object storage, through the SDK and a server on this machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from subtasks.dataset import dataset
from subtasks.errors import Problem
from subtasks.sources import s3
from support.bucket import Bucket, BucketServer


@pytest.fixture
def robots() -> Iterator[Bucket]:
    with BucketServer() as bucket:
        yield bucket


def test_an_address_is_told_from_a_folder() -> None:
    assert s3.is_address("s3://robots/bottle")
    assert not s3.is_address("data/s3://robots")


def test_files_of_a_bucket_are_listed_and_read_in_parts(robots: Bucket, tmp_path: Path) -> None:
    content = bytes(range(256)) * 1000
    robots.client.put_object(Bucket="robots", Key="bottle/data/a.parquet", Body=content)
    robots.client.put_object(Bucket="robots", Key="bottle/data/", Body=b"")
    robots.client.put_object(Bucket="robots", Key="bottles/other", Body=b"")
    source = s3.S3Source(robots.client, "robots", "bottle")
    assert {path: entry.size for path, entry in source.listing().items()} == {
        "data/a.parquet": len(content)
    }
    with source.open("data/a.parquet") as file:
        assert file.seek(0, 2) == len(content)
        file.seek(1000)
        assert file.read(500) == content[1000:1500]
    source.download("data/a.parquet", "", tmp_path)
    assert (tmp_path / "data/a.parquet").read_bytes() == content


def test_metadata_is_fetched_once(robots: Bucket, real_data: Path, tmp_path: Path) -> None:
    original = real_data / "g1_bottle_v3.0"
    robots.upload(original, "bottle")
    url = "s3://robots/bottle"
    with pytest.raises(Problem, match="has not been fetched yet"):
        s3.ensure_snapshot(tmp_path, url, None)
    remote = s3.ensure_snapshot(tmp_path, url, robots.reach)
    here = dataset.load(original)
    there = dataset.load(tmp_path, name=here.name, remote=remote)
    assert there.episodes == here.episodes
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "meta").rglob("*")}

    robots.client.delete_object(Bucket="robots", Key="bottle/meta/stats.json")
    info = (original / "meta" / "info.json").read_bytes() + b"\n"
    robots.client.put_object(Bucket="robots", Key="bottle/meta/info.json", Body=info)
    assert s3.ensure_snapshot(tmp_path, url, None) == remote
    s3.ensure_snapshot(tmp_path, url, robots.reach, update=True)
    changed = {path for path, time in times.items() if path.exists() and _time(path) != time}
    assert {path for path in changed if path.is_file()} == {tmp_path / "meta" / "info.json"}
    assert not (tmp_path / "meta" / "stats.json").exists()


@pytest.mark.parametrize("name", ["meta/../../evil", "data//x", "data/\x07.parquet", "data\\x"])
def test_unsafe_names_are_not_fetched(robots: Bucket, tmp_path: Path, name: str) -> None:
    robots.client.put_object(Bucket="robots", Key="bottle/meta/info.json", Body=b"{}")
    robots.client.put_object(Bucket="robots", Key=f"bottle/{name}", Body=b"")
    with pytest.raises(Problem, match="unsafe name"):
        s3.ensure_snapshot(tmp_path / "source", "s3://robots/bottle", robots.reach)
    assert not (tmp_path / "evil").exists()


def test_no_bucket_is_one_sentence(robots: Bucket, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="s3://nowhere/bottle cannot be read"):
        s3.ensure_snapshot(tmp_path, "s3://nowhere/bottle", robots.reach)


def _time(path: Path) -> int:
    return path.stat().st_mtime_ns
