"""Datasets in object storage: their metadata is fetched once, their other files by Snakemake.

What is known of a dataset lies in its `source` folder (see `subtasks.pinning`). Its data and
video files are inputs that Snakemake's storage plugin brings and removes again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from subtasks.dataset.dataset import RemoteFile
from subtasks.errors import Problem
from subtasks.sources import snapshot
from subtasks.sources.range_reader import RangedFile
from subtasks.sources.snapshot import RemoteEntry

SCHEME = "s3://"


@dataclass(frozen=True, slots=True)
class S3Source:
    """A folder of a bucket, and the client of the SDK that reaches it."""

    client: Any
    bucket: str
    folder: str

    @property
    def name(self) -> str:
        """What it is called in sentences."""
        return f"{SCHEME}{self.bucket}/{self.folder}"

    def listing(self) -> dict[str, RemoteEntry]:
        """All files, by path."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=self._key("")
        )
        objects = [entry for page in pages for entry in page.get("Contents", [])]
        entries = {
            entry["Key"].removeprefix(self._key("")): RemoteEntry(entry["ETag"], entry["Size"])
            for entry in objects
        }
        # Tools that show folders put an object without a name into each.
        return {path: entry for path, entry in entries.items() if path.rpartition("/")[2]}

    def download(self, path: str, _content: str, folder: Path) -> None:
        """Bring a file to its place in `folder`."""
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        self.client.download_file(self.bucket, self._key(path), str(folder / path))

    def open(self, path: str) -> BinaryIO:
        """Open a file of which only parts are read."""

        def get(span: str) -> tuple[bytes, str]:
            found = self.client.get_object(
                Bucket=self.bucket, Key=self._key(path), Range=f"bytes={span}"
            )
            return found["Body"].read(), found.get("ContentRange", "")

        return RangedFile(get)

    def _key(self, path: str) -> str:
        return f"{self.folder}/{path}".lstrip("/")


def is_address(root: str) -> bool:
    """Say whether a dataset's root is a place in object storage."""
    return root.startswith(SCHEME)


def pin(
    folder: Path, url: str, client: Callable[[str], Any] | None, *, update: bool = False
) -> dict[str, RemoteFile]:
    """Give the data and video files of a dataset whose metadata lies in `folder`.

    Fetches the metadata if it is not there or is another address's, or with `update` what has
    changed of it; what is the same keeps its time, so that nothing runs again for it. `client`
    makes an S3 client of boto3 for the address; without it, only what is here is read.
    """
    record = {"url": url}
    if update or snapshot.read_record(folder) != record:
        if client is None:
            raise Problem(f"the metadata of {url} is not here: run snakemake -n once")
        from botocore.exceptions import BotoCoreError, ClientError

        bucket, _, path = url.removeprefix(SCHEME).partition("/")
        try:
            snapshot.fetch(folder, S3Source(client(url), bucket, path.strip("/")), record)
        except (BotoCoreError, ClientError) as error:
            raise Problem(f"{url} cannot be read: {' '.join(str(error).split())}") from None
        except OSError as error:
            raise Problem(f"{error.filename or folder}: {error.strerror or error}") from None
    return snapshot.read_files(folder)
