"""Datasets in S3 object storage.

The metadata is fetched once, into the dataset's `source` folder (see `snapshot`). Data and video
files are inputs of the rules: Snakemake's storage plugin fetches them and removes them again.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from subtasks.dataset.episode import RemoteFile
from subtasks.errors import Problem
from subtasks.parquet.footer import ReadableFile
from subtasks.sources import snapshot
from subtasks.sources.range_reader import Part, RangeReader
from subtasks.sources.snapshot import RemoteEntry
from subtasks.wording import one_line

SCHEME = "s3://"


@dataclass(frozen=True, slots=True)
class S3Source:
    """A dataset in a folder of a bucket; `client` is an S3 client of boto3."""

    client: Any
    bucket: str
    folder: str

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"{SCHEME}{self.bucket}/{self.folder}"

    def listing(self) -> dict[str, RemoteEntry]:
        """List all files, by path."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=self._key("")
        )
        objects = [entry for page in pages for entry in page.get("Contents", [])]
        entries = {
            entry["Key"].removeprefix(self._key("")): RemoteEntry(entry["ETag"], entry["Size"])
            for entry in objects
        }
        # Some tools represent a folder by an object with an empty name.
        return {path: entry for path, entry in entries.items() if path.rpartition("/")[2]}

    def download(self, path: str, _content: str, folder: Path) -> None:
        """Download a file to its path in `folder`."""
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        self.client.download_file(self.bucket, self._key(path), str(folder / path))

    def open(self, path: str) -> AbstractContextManager[ReadableFile]:
        """Open a file to read parts of it."""

        def get_range(span: str) -> Part:
            response = self.client.get_object(
                Bucket=self.bucket, Key=self._key(path), Range=f"bytes={span}"
            )
            content = response["Body"].read()
            return Part(content, response.get("ContentRange", ""), response.get("ETag", ""))

        return RangeReader(get_range)

    def _key(self, path: str) -> str:
        return f"{self.folder}/{path}".lstrip("/")


def is_address(root: str) -> bool:
    """Say whether a dataset's root is an address in object storage."""
    return root.startswith(SCHEME)


def ensure_snapshot(
    folder: Path, url: str, client: Callable[[str], Any] | None, *, update: bool = False
) -> dict[str, RemoteFile]:
    """Make sure that `folder` has the metadata of the dataset at `url`; list its other files.

    The metadata is fetched if it is missing or another dataset's. `update` fetches what has
    changed since; unchanged files keep their times, so that nothing runs again for them. `client`
    returns a boto3 client for an address; if it is None, metadata that would have to be fetched
    is a `Problem`.
    """
    record = {"url": url}
    if update or snapshot.read_record(folder) != record:
        if client is None:
            raise Problem(f"the metadata of {url} has not been fetched yet: run snakemake -n once")
        from botocore.exceptions import BotoCoreError, ClientError

        bucket, _, path = url.removeprefix(SCHEME).partition("/")
        try:
            snapshot.fetch(folder, S3Source(client(url), bucket, path.strip("/")), record)
        except (BotoCoreError, ClientError) as error:
            raise Problem(f"{url} cannot be read: {one_line(str(error))}") from None
        except OSError as error:
            raise Problem(f"{error.filename or folder}: {error.strerror or error}") from None
    return snapshot.read_files(folder)
