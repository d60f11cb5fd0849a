"""Datasets in object storage: their metadata is fetched once, their other files by Snakemake.

The `source` folder of a dataset holds what is known of it: `meta/` as in the bucket,
`files.json` with all data and video files, and `bucket.json`, written last, with the address
they belong to. The files themselves are inputs that Snakemake's storage plugin brings and
removes again.
"""

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from filecmp import cmp
from pathlib import Path
from typing import Any

from subtasks import files
from subtasks.dataset import RemoteFile
from subtasks.problem import Problem
from subtasks.ranged import TAIL, RangedFile

SCHEME = "s3://"
REQUESTS_AT_ONCE = 8
MAX_METADATA_BYTES = 16 << 30

_PINNED, _FILES, _INFO = "bucket.json", "files.json", "meta/info.json"
_FOLDERS = ("meta", "data", "videos")


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of a bucket, and the client of the SDK that reaches it."""

    client: Any
    bucket: str
    folder: str

    def key(self, path: str) -> str:
        """Name of the object that is a file of the dataset."""
        return f"{self.folder}/{path}".lstrip("/")


class ObjectFile(RangedFile):
    """An object in a bucket, of which only what is read is fetched."""

    def __init__(self, place: Place, path: str) -> None:
        super(RangedFile, self).__init__()
        self._place, self._path = place, path
        self._position = 0
        self._tail, self._size = self._get(f"-{TAIL}")

    def _get(self, span: str) -> tuple[bytes, int]:
        place = self._place
        found = place.client.get_object(
            Bucket=place.bucket, Key=place.key(self._path), Range=f"bytes={span}"
        )
        content = found["Body"].read()
        total = found.get("ContentRange", "").rpartition("/")[2]
        return content, int(total) if total.isdigit() else len(content)


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
    if update or not _is_pinned(folder, url):
        if client is None:
            raise Problem(f"the metadata of {url} is not here: run snakemake -n once")
        from botocore.exceptions import BotoCoreError, ClientError

        bucket, _, path = url.removeprefix(SCHEME).partition("/")
        try:
            _fetch_metadata(folder, url, Place(client(url), bucket, path.strip("/")))
        except (BotoCoreError, ClientError) as error:
            raise Problem(f"{url} cannot be read: {' '.join(str(error).split())}") from None
    entries = files.read_json(folder / _FILES)
    return {path: RemoteFile(**entry) for path, entry in entries.items()}


def _is_pinned(folder: Path, url: str) -> bool:
    if not all((folder / name).is_file() for name in (_PINNED, _FILES, _INFO)):
        return False
    return bool(files.read_json(folder / _PINNED) == {"url": url})


def _fetch_metadata(folder: Path, url: str, place: Place) -> None:
    listed = {path: entry for path, entry in _listing(place) if path.split("/")[0] in _FOLDERS}
    meta = {path: entry for path, entry in listed.items() if path.startswith("meta/")}
    if _INFO not in meta:
        raise Problem(f"{url} is no LeRobot dataset (it has no {_INFO}): check root:")
    size = sum(entry["Size"] for entry in meta.values())
    if size > MAX_METADATA_BYTES:
        raise Problem(f"{url} has {size >> 30} GB of metadata, no dataset needs that")
    others = {path: entry for path, entry in listed.items() if path not in meta}
    in_parts = any(path.startswith("meta/episodes/") for path in meta)
    rows = _rows(place, others) if in_parts else {}
    known = {path: RemoteFile(entry["ETag"], rows.get(path)) for path, entry in others.items()}
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".meta.", dir=folder) as name:
        new = Path(name)
        with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
            list(pool.map(lambda path: _download(place, path, new / path), meta))
        # From here to the end nothing is pinned: a run killed in between fetches anew.
        (folder / _PINNED).unlink(missing_ok=True)
        for path in meta:
            target = folder / path
            if not (target.is_file() and cmp(new / path, target, shallow=False)):
                target.parent.mkdir(parents=True, exist_ok=True)
                (new / path).replace(target)
    for path in (folder / "meta").rglob("*"):
        if path.is_file() and path.relative_to(folder).as_posix() not in meta:
            path.unlink()
    files.write_text(folder / _FILES, json.dumps({p: asdict(f) for p, f in known.items()}))
    files.write_json(folder / _PINNED, {"url": url})


def _listing(place: Place) -> Iterator[tuple[str, dict[str, Any]]]:
    pages = place.client.get_paginator("list_objects_v2").paginate(
        Bucket=place.bucket, Prefix=place.key("")
    )
    for page in pages:
        for entry in page.get("Contents", []):
            path = entry["Key"].removeprefix(place.key(""))
            steps = path.split("/")
            if not steps[-1]:
                continue  # what tools that show folders put there
            if not path.isprintable() or any(step in ("", ".", "..") for step in steps):
                raise Problem(
                    f"s3://{place.bucket} has an object called {entry['Key']!r}, which is no safe "
                    "name: nothing is fetched"
                )
            yield path, entry


def _rows(place: Place, paths: Iterable[str]) -> dict[str, int]:
    """Read how many rows the data files have, from their footers alone."""
    from subtasks import footer

    def rows(path: str) -> int | None:
        try:
            return footer.rows(footer.read(ObjectFile(place, path)))
        except (ValueError, KeyError, IndexError):
            return None

    tables = [path for path in paths if path.endswith(".parquet")]
    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
        counts = zip(tables, pool.map(rows, tables), strict=True)
        return {path: count for path, count in counts if count is not None}


def _download(place: Place, path: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    place.client.download_file(place.bucket, place.key(path), str(target))
