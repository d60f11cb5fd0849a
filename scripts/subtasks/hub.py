"""Datasets on the Hugging Face Hub: pinned to a commit, and fetched file by file.

In the `source` folder of a dataset lies what is known of it, so that the network is needed for
nothing but the files themselves: `meta/` as in the repo, `files.json` with all data and video
files, and `revision.json`, written last, with the commit they belong to. What huggingface_hub
keeps for itself never lies there: files come whole or not at all.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from filecmp import cmp
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from subtasks import files
from subtasks.dataset import RemoteFile
from subtasks.hub_problems import explained
from subtasks.problem import Problem
from subtasks.ranged import RangedFile

if TYPE_CHECKING:
    from huggingface_hub import RepoFile

DEFAULT_REVISION = "main"
REQUESTS_AT_ONCE = 8
INFO_TIMEOUT_SECONDS = 30
MAX_METADATA_BYTES = 16 << 30
PIECE = 1 << 20

_PINNED, _FILES, _INFO, _PARTS = "revision.json", "files.json", "meta/info.json", ".parts"
_FOLDERS = ("data", "videos")


@dataclass(frozen=True, slots=True)
class Revision:
    """What was asked for, a branch, a tag or a commit, and the commit it stood for."""

    repo_id: str
    revision: str
    commit: str


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
        with explained(repo_id, f"revision {revision}"):
            commit = _commit(repo_id, revision)
            if pinned is None or commit != pinned.commit:
                _fetch_metadata(folder, Revision(repo_id, revision, commit))
    entries = json.loads((folder / _FILES).read_text(encoding="utf-8"))
    return {path: RemoteFile(**entry) for path, entry in entries.items()}


def read_pinned(folder: Path) -> Revision:
    """Read which commit the files in `folder` belong to."""
    pinned = _read_pinned(folder)
    if pinned is None:
        raise Problem(f"{folder / _PINNED} is missing: snakemake writes it when it starts")
    return pinned


def _read_pinned(folder: Path) -> Revision | None:
    if not all((folder / name).is_file() for name in (_PINNED, _FILES, _INFO)):
        return None
    try:
        return Revision(**json.loads((folder / _PINNED).read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        raise Problem(f"{folder / _PINNED} is damaged: delete it, it is fetched again") from None


def _commit(repo_id: str, revision: str) -> str:
    from huggingface_hub import HfApi

    # Without `expand` the answer names every file of the repo.
    info = HfApi().dataset_info(
        repo_id, revision=revision, expand=["sha"], timeout=INFO_TIMEOUT_SECONDS
    )
    return str(info.sha)


def _fetch_metadata(folder: Path, pinned: Revision) -> None:
    entries = _listing(pinned)
    for path in entries:
        _check_path(pinned.repo_id, path)
    meta = {path: _id(entry) for path, entry in entries.items() if path.startswith("meta/")}
    if _INFO not in meta:
        raise Problem(
            f"{pinned.repo_id} at {pinned.revision} is no LeRobot dataset (it has no {_INFO}): "
            "check repo_id: and revision:"
        )
    size = sum(entries[path].size for path in meta)
    if size > MAX_METADATA_BYTES:
        raise Problem(f"{pinned.repo_id} has {size >> 30} GB of metadata, no dataset needs that")
    others = {p: e for p, e in entries.items() if p.split("/")[0] in _FOLDERS}
    rows = _rows(pinned, others if any(p.startswith("meta/episodes/") for p in meta) else ())
    known = {path: RemoteFile(_id(entry), rows.get(path)) for path, entry in others.items()}
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".meta.", dir=folder) as new:
        with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
            list(pool.map(lambda path: _download(pinned, path, meta[path], Path(new)), meta))
        # From here to the end nothing is pinned: a run killed in between fetches anew.
        (folder / _PINNED).unlink(missing_ok=True)
        _adopt(Path(new), folder, meta)
    files.write_text(folder / _FILES, json.dumps({p: asdict(f) for p, f in known.items()}))
    files.write_json(folder / _PINNED, asdict(pinned))


def _listing(pinned: Revision) -> dict[str, "RepoFile"]:
    from huggingface_hub import HfApi, RepoFile

    tree = HfApi().list_repo_tree(
        pinned.repo_id, recursive=True, revision=pinned.commit, repo_type="dataset"
    )
    return {entry.path: entry for entry in tree if isinstance(entry, RepoFile)}


def _check_path(repo_id: str, path: str) -> None:
    steps = path.split("/")
    if (
        PurePosixPath(path).is_absolute()
        or any(step in ("", ".", "..") for step in steps)
        or "\\" in path
        or not path.isprintable()
    ):
        raise Problem(
            f"{repo_id} has a file called {path!r}, which is no safe name: nothing is fetched"
        )


def _id(entry: "RepoFile") -> str:
    """Name a file's content: the SHA-256 of a large file, git's hash of a small one."""
    return entry.lfs.sha256 if entry.lfs else entry.blob_id


def _adopt(new: Path, folder: Path, paths: Collection[str]) -> None:
    """Make `folder/meta` what `new/meta` is, and leave alone what is the same."""
    for path in paths:
        target = folder / path
        if not (target.is_file() and cmp(new / path, target, shallow=False)):
            target.parent.mkdir(parents=True, exist_ok=True)
            (new / path).replace(target)
    for path in (folder / "meta").rglob("*"):
        if path.is_file() and path.relative_to(folder).as_posix() not in paths:
            path.unlink()


def _rows(pinned: Revision, paths: Iterable[str]) -> dict[str, int]:
    """Read how many rows the data files have, from their footers alone."""
    from subtasks import footer

    def rows(path: str) -> int | None:
        try:
            return footer.rows(footer.read(RangedFile(pinned.repo_id, pinned.commit, path)))
        except (ValueError, KeyError, IndexError):
            return None

    tables = [path for path in paths if path.endswith(".parquet")]
    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
        counts = zip(tables, pool.map(rows, tables), strict=True)
        return {path: count for path, count in counts if count is not None}


# The files, one by one ---------------------------------------------------------------------


def fetch(folder: Path, path: str, content: str, output: Path) -> None:
    """Fetch a file of the pinned commit to `output`, which lies in `folder`.

    It is there when it is whole and its content is what `content` names, and only once: no
    cache and no part of it is left beside it.
    """
    pinned = read_pinned(folder)
    _check_path(pinned.repo_id, path)
    # Named for the file, so that what a killed job has left is cleared by the next.
    parts = folder / _PARTS / hashlib.sha256(path.encode()).hexdigest()[:16]
    shutil.rmtree(parts, ignore_errors=True)
    try:
        parts.mkdir(parents=True)
        _download(pinned, path, content, parts)
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

    from subtasks import parquet

    pinned = read_pinned(folder)
    _check_path(pinned.repo_id, path)
    stream = RangedFile(pinned.repo_id, pinned.commit, path)
    with parquet.opened(Path(path), stream) as file, files.whole(output) as temporary:
        if column not in file.schema_arrow.names:
            raise Problem(f"{path} of {pinned.repo_id} has no column {column}")
        schema = pa.schema([file.schema_arrow.field(column)])
        with pq.ParquetWriter(temporary, schema) as writer:
            for group in range(file.num_row_groups):
                # By name once more: columns are read by prefix, and others may begin with it.
                writer.write_table(file.read_row_group(group, columns=[column]).select([column]))


def clear_parts(folder: Path) -> None:
    """Remove what killed downloads have left; nobody else may be downloading."""
    shutil.rmtree(folder / _PARTS, ignore_errors=True)


def _download(pinned: Revision, path: str, content: str, folder: Path) -> None:
    """Download a file to its place in `folder`; raises `Problem` if it is not what it should be."""
    # The second way to large files keeps up to 10 GB of them in a cache of its own.
    os.environ.setdefault("HF_XET_CHUNK_CACHE_SIZE_BYTES", "0")
    from huggingface_hub import hf_hub_download, try_to_load_from_cache
    from huggingface_hub.utils import disable_progress_bars

    disable_progress_bars()
    arguments = {"repo_id": pinned.repo_id, "repo_type": "dataset", "revision": pinned.commit}
    with explained(pinned.repo_id, path):
        # Asked first, because HF_HUB_OFFLINE means: from the cache.
        cached = try_to_load_from_cache(filename=path, **arguments)
        if isinstance(cached, str):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(cached, folder / path)
        else:
            hf_hub_download(filename=path, local_dir=folder, **arguments)
        found = content_id(folder / path, len(content))
    if found != content:
        raise Problem(
            f"{path} of {pinned.repo_id} arrived damaged (its content is {found[:12]}… and should "
            f"be {content[:12]}…): run again"
        )


def content_id(path: Path, digits: int) -> str:
    """Hash a file as the Hub does: SHA-256 has 64 digits, git's hash 40."""
    digest = hashlib.sha256() if digits == 64 else hashlib.sha1(usedforsecurity=False)
    if digits != 64:
        digest.update(b"blob %d\0" % path.stat().st_size)
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()
