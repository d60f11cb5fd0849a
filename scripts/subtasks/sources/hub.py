"""Datasets on the Hugging Face Hub: pinned to a commit, and fetched file by file.

What is known of a dataset lies in its `source` folder (see `subtasks.pinning`), and what
huggingface_hub keeps for itself never lies there: files come whole or not at all. Where
HF_HUB_OFFLINE is set, the Hub's own cache on this machine takes the place of the Hub.
"""

import hashlib
import io
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from subtasks import files
from subtasks.dataset.dataset import RemoteFile
from subtasks.errors import Problem
from subtasks.sources import snapshot
from subtasks.sources.hub_errors import as_hub_problem
from subtasks.sources.range_reader import Get, RangedFile
from subtasks.sources.snapshot import RemoteEntry

if TYPE_CHECKING:
    from huggingface_hub import RepoFile

DEFAULT_REVISION = "main"
INFO_TIMEOUT_SECONDS = 30
PIECE = 1 << 20
SHA256_DIGITS = 64


@dataclass(frozen=True, slots=True)
class HubSource:
    """What was asked for, a branch, a tag or a commit, and the commit it stood for."""

    repo_id: str
    revision: str
    commit: str

    @property
    def name(self) -> str:
        """What it is called in sentences."""
        return f"{self.repo_id} at {self.revision}"

    def listing(self) -> dict[str, RemoteEntry]:
        """All files, by path."""
        if is_offline():
            return _cached_listing(self)
        return {path: RemoteEntry(hash_of(file), file.size) for path, file in tree(self).items()}

    def download(self, path: str, content: str, folder: Path) -> None:
        """Bring a file to its place in `folder`; raises `Problem` if it is not what it should be.

        A file in the Hub's cache on this machine is copied.
        """
        # The second way to large files keeps up to 10 GB of them in a cache of its own.
        os.environ.setdefault("HF_XET_CHUNK_CACHE_SIZE_BYTES", "0")
        from huggingface_hub import hf_hub_download
        from huggingface_hub.utils import disable_progress_bars

        disable_progress_bars()
        place = folder / path
        with as_hub_problem(self.repo_id, path):
            if cached := _cached(self, path):
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(cached, place)
                if content_id(place, len(content)) == content:
                    return
                place.unlink()
            # With no cache: what is damaged there would be taken from there once more.
            hf_hub_download(
                self.repo_id,
                path,
                repo_type="dataset",
                revision=self.commit,
                local_dir=folder,
                cache_dir=folder,
            )
            found = content_id(place, len(content))
        if found != content:
            raise Problem(
                f"{path} of {self.repo_id} arrived damaged (its content is {found[:12]}… and "
                f"should be {content[:12]}…): run again"
            )

    def open(self, path: str) -> BinaryIO:
        """Open a file of which only parts are read; raises `Problem` where it is not given."""
        if is_offline() and (cached := _cached(self, path)):
            return cached.open("rb")
        return RangedFile(_ranges(self, path))


# The metadata, once ----------------------------------------------------------------------


def pin(
    folder: Path, repo_id: str, revision: str | None, *, update: bool = False
) -> dict[str, RemoteFile]:
    """Give the data and video files of a dataset whose metadata lies in `folder`.

    Fetches the metadata if it is not there or is another revision's. `update` looks for a newer
    commit; files of the metadata that have not changed keep their times, so that nothing runs
    again for them.
    """
    revision = revision or DEFAULT_REVISION
    pinned = _read_pinned(folder)
    if pinned and (pinned.repo_id, pinned.revision) != (repo_id, revision):
        pinned = None
    if pinned is None or update:
        with as_hub_problem(repo_id, f"revision {revision}"):
            found = HubSource(repo_id, revision, _commit(repo_id, revision))
            if found != pinned:
                snapshot.fetch(folder, found, asdict(found))
    return snapshot.read_files(folder)


def read_pinned(folder: Path) -> HubSource:
    """Read which commit the files in `folder` belong to."""
    pinned = _read_pinned(folder)
    if pinned is None:
        raise Problem(f"{folder / snapshot.RECORD} is missing: snakemake writes it when it starts")
    return pinned


def _read_pinned(folder: Path) -> HubSource | None:
    try:
        return HubSource(**snapshot.read_record(folder))
    except TypeError:
        # There is none, or what lies here came from elsewhere.
        return None


def _commit(repo_id: str, revision: str) -> str:
    from huggingface_hub import HfApi, snapshot_download

    if is_offline():
        # A snapshot's folder has the commit's name; one that is known to lack files is none.
        return Path(snapshot_download(repo_id, repo_type="dataset", revision=revision)).name
    # Without `expand` the answer names every file of the repo.
    info = HfApi().dataset_info(
        repo_id, revision=revision, expand=["sha"], timeout=INFO_TIMEOUT_SECONDS
    )
    return str(info.sha)


def tree(pinned: HubSource) -> dict[str, "RepoFile"]:
    """List the files of a commit on the Hub, by path."""
    from huggingface_hub import HfApi, RepoFile

    entries = HfApi().list_repo_tree(
        pinned.repo_id, recursive=True, revision=pinned.commit, repo_type="dataset"
    )
    return {entry.path: entry for entry in entries if isinstance(entry, RepoFile)}


def hash_of(file: "RepoFile") -> str:
    """Name a file's content: the SHA-256 of a large file, git's hash of a small one."""
    return file.lfs.sha256 if file.lfs else file.blob_id


def content_id(path: Path, digits: int) -> str:
    """Hash a file as the Hub does: SHA-256 has 64 digits, git's hash 40."""
    is_large = digits == SHA256_DIGITS
    digest = hashlib.sha256() if is_large else hashlib.sha1(usedforsecurity=False)
    if not is_large:
        digest.update(b"blob %d\0" % path.stat().st_size)
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


# The Hub's cache on this machine ---------------------------------------------------------


def is_offline() -> bool:
    """Say whether the Hub may not be asked for anything."""
    from huggingface_hub import constants

    return bool(constants.HF_HUB_OFFLINE)


def _cached(pinned: HubSource, path: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(
        pinned.repo_id, path, repo_type="dataset", revision=pinned.commit
    )
    return Path(found) if isinstance(found, str) else None


def _cached_listing(pinned: HubSource) -> dict[str, RemoteEntry]:
    """List the files of a snapshot that is known to be whole."""
    from huggingface_hub import get_cached_repo_tree

    listed = get_cached_repo_tree(pinned.repo_id, repo_type="dataset", revision=pinned.commit)
    found = {file.path: _cached(pinned, file.path) for file in listed}
    return {
        path: RemoteEntry(_cached_hash(place), place.stat().st_size)
        for path, place in found.items()
        if place
    }


def _cached_hash(place: Path) -> str:
    # The cache names contents as the Hub does, unless the disk knows no links to them.
    blob = place.resolve()
    return blob.name if blob.parent.name == "blobs" else content_id(place, SHA256_DIGITS)


# The files, one by one ---------------------------------------------------------------------


def fetch(folder: Path, path: str, content: str, output: Path) -> None:
    """Fetch a file of the pinned commit to `output`, which lies in `folder`.

    It is there when it is whole and its content is what `content` names, and only once: no
    cache and no part of it is left beside it.
    """
    pinned = read_pinned(folder)
    snapshot.check_path(pinned.repo_id, path)
    # Named for the file, so that what a killed job has left is cleared by the next.
    parts = folder / snapshot.PARTS / hashlib.sha256(path.encode()).hexdigest()[:16]
    shutil.rmtree(parts, ignore_errors=True)
    try:
        with as_hub_problem(pinned.repo_id, path):
            parts.mkdir(parents=True)
            pinned.download(path, content, parts)
            output.parent.mkdir(parents=True, exist_ok=True)
            (parts / path).replace(output)
    finally:
        shutil.rmtree(parts, ignore_errors=True)


def fetch_column(folder: Path, path: str, column: str, output: Path) -> None:
    """Write one column of a data file to `output`, in the same row groups.

    Nothing but the column's bytes and the footer are fetched.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from subtasks.parquet import reading

    pinned = read_pinned(folder)
    snapshot.check_path(pinned.repo_id, path)
    with as_hub_problem(pinned.repo_id, path):
        stream = pinned.open(path)
        size = stream.seek(0, io.SEEK_END)
        with reading.opened(Path(path), stream) as file, files.replacing(output) as temporary:
            if column not in file.schema_arrow.names:
                raise Problem(f"{path} of {pinned.repo_id} has no column {column}")
            reading.check_values(Path(path), file, [column], size)
            schema = pa.schema([file.schema_arrow.field(column)])
            with pq.ParquetWriter(temporary, schema) as writer:
                for group in range(file.num_row_groups):
                    # Without threads, as `parquet.opened` says.
                    read = file.read_row_group(group, columns=[column], use_threads=False)
                    # By name once more: columns are read by prefix, others may begin with it.
                    writer.write_table(read.select([column]))


def _ranges(pinned: HubSource, path: str) -> Get:
    from huggingface_hub import constants, hf_hub_url
    from huggingface_hub.utils import build_hf_headers, hf_raise_for_status, http_backoff

    url = hf_hub_url(pinned.repo_id, path, repo_type="dataset", revision=pinned.commit)

    def get(span: str) -> tuple[bytes, str]:
        with as_hub_problem(pinned.repo_id, path):
            response = http_backoff(
                "GET",
                url,
                headers={**build_hf_headers(), "Range": f"bytes={span}"},
                timeout=constants.HF_HUB_DOWNLOAD_TIMEOUT,
            )
            hf_raise_for_status(response)
        return response.content, response.headers.get("Content-Range", "")

    return get
