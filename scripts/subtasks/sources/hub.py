"""Datasets on the Hugging Face Hub: pinned to a commit and fetched file by file.

The metadata is fetched once, into the dataset's `source` folder (see `snapshot`). Files that
huggingface_hub itself keeps never end up there, and each file appears whole or not at all. If
HF_HUB_OFFLINE is set, the Hub's cache on this machine is used instead of the Hub.
"""

import hashlib
import os
import shutil
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from subtasks import files
from subtasks.dataset.episode import RemoteFile
from subtasks.errors import Problem
from subtasks.parquet import other_files
from subtasks.parquet.footer import ReadableFile
from subtasks.sources import snapshot
from subtasks.sources.hub_errors import as_hub_problem
from subtasks.sources.hub_ranges import range_getter
from subtasks.sources.range_reader import RangeReader
from subtasks.sources.snapshot import RemoteEntry

if TYPE_CHECKING:
    from huggingface_hub import RepoFile

DEFAULT_REVISION = "main"
INFO_TIMEOUT_SECONDS = 30
SHA256_DIGITS = 64


@dataclass(frozen=True, slots=True)
class HubSource:
    """A dataset on the Hub at a commit; `revision` is the branch, tag or commit asked for."""

    repo_id: str
    revision: str
    commit: str

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"{self.repo_id} at {self.revision}"

    def listing(self) -> dict[str, RemoteEntry]:
        """List all files, by path."""
        if is_offline():
            return _cached_listing(self)
        return {path: RemoteEntry(hash_of(file), file.size) for path, file in tree(self).items()}

    def download(self, path: str, content: str, folder: Path) -> None:
        """Download a file to its path in `folder`, or copy it from the Hub's cache.

        Raises `Problem` if its hash is not `content`.
        """
        # Xet, the Hub's other protocol for large files, would cache up to 10 GB of its own.
        os.environ.setdefault("HF_XET_CHUNK_CACHE_SIZE_BYTES", "0")
        from huggingface_hub import hf_hub_download
        from huggingface_hub.utils import disable_progress_bars

        disable_progress_bars()
        output = folder / path
        with as_hub_problem(self.repo_id, path, _lasting(folder)):
            if cached := _cached(self, path):
                output.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(cached, output)
                if content_hash(output, len(content)) == content:
                    return
                output.unlink()
            # Bypass the cache: a damaged cached copy would be reused.
            hf_hub_download(
                self.repo_id,
                path,
                repo_type="dataset",
                revision=self.commit,
                local_dir=folder,
                cache_dir=folder,
            )
            found = content_hash(output, len(content))
        if found != content:
            with output.open("rb") as file:
                kind = other_files.describe(file.read(other_files.HEAD_BYTES), b"")
            if kind == other_files.PAGE:
                raise Problem(
                    f"what the Hub sent for {path} of {self.repo_id} is no such file ({kind}): "
                    "check HF_ENDPOINT and the proxy"
                )
            raise Problem(
                f"{path} of {self.repo_id} arrived damaged (its hash is {found[:12]}… instead of "
                f"{content[:12]}…): run again"
            )

    def open(self, path: str) -> AbstractContextManager[ReadableFile]:
        """Open a file to read parts of it; raises `Problem` if it cannot be read."""
        if is_offline() and (cached := _cached(self, path)):
            return cached.open("rb")
        return RangeReader(range_getter(self.repo_id, self.commit, path))


def _lasting(folder: Path) -> Path:
    """Return the folder that a temporary one, which nobody has seen, is in."""
    names = [part for part in (folder, *folder.parents) if not part.name.startswith(".")]
    return next((part for part in names if part.parent.name != snapshot.PARTS), folder)


# The snapshot ----------------------------------------------------------------------------


def ensure_snapshot(
    folder: Path, repo_id: str, revision: str | None, *, update: bool = False
) -> dict[str, RemoteFile]:
    """Make sure that `folder` has a dataset's metadata; list its data and video files.

    The metadata is fetched if it is missing or another revision's. `update` looks for a newer
    commit; unchanged files keep their times, so that nothing runs again for them.
    """
    revision = revision or DEFAULT_REVISION
    known = _read_source(folder)
    if known and (known.repo_id, known.revision) != (repo_id, revision):
        known = None
    if known is None or update:
        with as_hub_problem(repo_id, f"revision {revision}", folder):
            source = HubSource(repo_id, revision, _commit(repo_id, revision))
            if source != known:
                snapshot.fetch(folder, source, asdict(source))
    return snapshot.read_files(folder)


def read_source(folder: Path) -> HubSource:
    """Read which dataset and commit the snapshot in `folder` belongs to."""
    source = _read_source(folder)
    if source is None:
        raise Problem(f"{folder / snapshot.RECORD} is missing: run snakemake -n once to write it")
    return source


def pinned(repo_id: str, revision: str) -> HubSource:
    """Return the commit that a revision is at now. Raises `Problem` if it cannot be found out."""
    with as_hub_problem(repo_id, f"revision {revision}"):
        return HubSource(repo_id, revision, _commit(repo_id, revision))


def _read_source(folder: Path) -> HubSource | None:
    try:
        return HubSource(**snapshot.read_record(folder))
    except TypeError:
        # There is no record, or it is of another kind of source.
        return None


def _commit(repo_id: str, revision: str) -> str:
    from huggingface_hub import HfApi, snapshot_download

    if is_offline():
        # A snapshot's folder is named for its commit. An incomplete snapshot raises.
        return Path(snapshot_download(repo_id, repo_type="dataset", revision=revision)).name
    # Without `expand`, the answer would list every file of the repo.
    info = HfApi().dataset_info(
        repo_id, revision=revision, expand=["sha"], timeout=INFO_TIMEOUT_SECONDS
    )
    return str(info.sha)


def tree(source: HubSource) -> dict[str, "RepoFile"]:
    """List the files of a commit on the Hub, by path."""
    from huggingface_hub import HfApi, RepoFile

    entries = HfApi().list_repo_tree(
        source.repo_id, recursive=True, revision=source.commit, repo_type="dataset"
    )
    return {entry.path: entry for entry in entries if isinstance(entry, RepoFile)}


def hash_of(file: "RepoFile") -> str:
    """Read a file's hash on the Hub: SHA-256 for a large file, git's blob id for a small one."""
    return file.lfs.sha256 if file.lfs else file.blob_id


def content_hash(path: Path, digits: int) -> str:
    """Hash a local file as the Hub does: SHA-256 has 64 digits, git's blob id 40."""
    if digits == SHA256_DIGITS:
        return files.sha256(path)
    digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: digest).hexdigest()


# The Hub's cache on this machine ---------------------------------------------------------


def is_offline() -> bool:
    """Say whether the Hub must not be contacted."""
    from huggingface_hub import constants

    return bool(constants.HF_HUB_OFFLINE)


def _cached(source: HubSource, path: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(
        source.repo_id, path, repo_type="dataset", revision=source.commit
    )
    return Path(found) if isinstance(found, str) else None


def _cached_listing(source: HubSource) -> dict[str, RemoteEntry]:
    """List the files of a snapshot that is known to be complete."""
    from huggingface_hub import get_cached_repo_tree

    listed = get_cached_repo_tree(source.repo_id, repo_type="dataset", revision=source.commit)
    found = {file.path: _cached(source, file.path) for file in listed}
    return {
        path: RemoteEntry(_cached_hash(cached), cached.stat().st_size)
        for path, cached in found.items()
        if cached
    }


def _cached_hash(path: Path) -> str:
    # Files in the cache are links to blobs that are named for their hash. On a disk without links
    # they are the files themselves.
    blob = path.resolve()
    return blob.name if blob.parent.name == "blobs" else content_hash(path, SHA256_DIGITS)


# Single files ----------------------------------------------------------------------------


def fetch_file(folder: Path, path: str, content: str, output: Path) -> None:
    """Fetch a file of the dataset whose snapshot is in `folder` to `output` in the same folder.

    The file appears when it is complete and its hash is `content`. No cache and no part of it is
    left beside it.
    """
    source = read_source(folder)
    snapshot.check_path(source.repo_id, path)
    # Named for the file, so that the next job for it removes what a killed one left behind.
    parts = folder / snapshot.PARTS / hashlib.sha256(path.encode()).hexdigest()[:16]
    shutil.rmtree(parts, ignore_errors=True)
    try:
        with as_hub_problem(source.repo_id, path, folder):
            parts.mkdir(parents=True)
            source.download(path, content, parts)
            _check_pointer(source, path, parts / path)
            output.parent.mkdir(parents=True, exist_ok=True)
            (parts / path).replace(output)
    finally:
        shutil.rmtree(parts, ignore_errors=True)


def _check_pointer(source: HubSource, path: str, fetched: Path) -> None:
    """Raise `Problem` if the file on the Hub only stands for one that was never uploaded."""
    try:
        files.refuse_lfs_pointer(fetched)
    except Problem:
        raise Problem(
            f"{path} of {source.repo_id} is a Git LFS pointer on the Hub and not the file itself: "
            "its owner has to upload it, or exclude its episodes"
        ) from None
