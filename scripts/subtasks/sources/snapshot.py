"""The local snapshot of a remote dataset: enough to plan a run without the network.

A dataset's `source` folder has three things: a copy of the dataset's `meta/`, `files.json` with
all data and video files, and `revision.json`, which says which dataset and revision they belong
to and is written last. After that, only the data and video files themselves need the network.
Files on their way are in hidden folders.
"""

import json
import shutil
import tempfile
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from filecmp import cmp
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from subtasks import files
from subtasks.dataset.episode import RemoteFile
from subtasks.errors import Problem
from subtasks.parquet import footer
from subtasks.parquet.footer import ReadableFile

REQUESTS_AT_ONCE = 8
MAX_METADATA_BYTES = 16 << 30
RECORD, INFO = "revision.json", "meta/info.json"
PARTS = ".parts"
"""Folder of files that are being fetched."""

_FILES, _FOLDERS = "files.json", ("meta", "data", "videos")


@dataclass(frozen=True, slots=True)
class RemoteEntry:
    """A file of a remote dataset: an id of its content, which changes with it, and its bytes."""

    content: str
    size: int


class Source(Protocol):
    """A remote dataset. Its methods are called from several threads."""

    @property
    def name(self) -> str:
        """What messages call it."""

    def listing(self) -> Mapping[str, RemoteEntry]:
        """List all files, by path."""

    def download(self, path: str, content: str, folder: Path) -> None:
        """Download a file to its path in `folder`; `content` is its id in the listing."""

    def open(self, path: str) -> AbstractContextManager[ReadableFile]:
        """Open a file to read parts of it."""


def read_record(folder: Path) -> Any:
    """Read what the snapshot in `folder` belongs to; None if it is missing or incomplete."""
    if not all((folder / name).is_file() for name in (RECORD, _FILES, INFO)):
        return None
    return files.read_json(folder / RECORD)


def read_files(folder: Path) -> dict[str, RemoteFile]:
    """Read the list of data and video files; raises `Problem` if it is damaged."""
    entries = files.read_json(folder / _FILES)
    try:
        return {path: _remote_file(**entry) for path, entry in entries.items()}
    except (TypeError, AttributeError):
        raise Problem(f"{folder / _FILES} is damaged: remove it and run again") from None


def _remote_file(content: str, rows: int | None) -> RemoteFile:
    if type(content) is not str or type(rows) not in (int, type(None)):
        raise TypeError
    return RemoteFile(content, rows)


def fetch(folder: Path, source: Source, record: Any) -> None:
    """Make a snapshot of a dataset in `folder`; `record` says what it belongs to.

    Unchanged files keep their times, so that nothing runs again for them. Raises `Problem` if the
    source is not a dataset or a file's name leads out of the folder.
    """
    entries = source.listing()
    for path in entries:
        check_path(source.name, path)
    meta = {path: entry for path, entry in entries.items() if path.startswith("meta/")}
    if INFO not in meta:
        raise Problem(
            f"{source.name} is not a LeRobot dataset ({INFO} is missing): check its repo_id: or "
            "root: in the config"
        )
    size = sum(entry.size for entry in meta.values())
    if size > MAX_METADATA_BYTES:
        raise Problem(
            f"{source.name} has {size >> 30} GB of metadata (limit: {MAX_METADATA_BYTES >> 30} GB)"
        )
    others = {p: e for p, e in entries.items() if p.split("/")[0] in _FOLDERS and p not in meta}
    in_parts = any(path.startswith("meta/episodes/") for path in meta)
    rows = _row_counts(source, others) if in_parts else {}
    known = {p: asdict(RemoteFile(entry.content, rows.get(p))) for p, entry in others.items()}
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".meta.", dir=folder) as name:
        new = Path(name)
        with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
            list(pool.map(lambda path: source.download(path, meta[path].content, new), meta))
        # From here until the record is written the snapshot is incomplete: a run that is killed
        # in between fetches everything again.
        (folder / RECORD).unlink(missing_ok=True)
        _adopt(new, folder, meta)
    files.write_text(folder / _FILES, json.dumps(known))
    files.write_json(folder / RECORD, record)


def clear_parts(folder: Path) -> None:
    """Remove what killed runs left behind; nothing may be fetching at the same time."""
    for left in folder.glob(".*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def check_path(source: str, path: str) -> None:
    """Raise `Problem` for a file name that would lead out of the folder it is put into."""
    if (
        PurePosixPath(path).is_absolute()
        or any(name in ("", ".", "..") for name in path.split("/"))
        or "\\" in path
        or not path.isprintable()
    ):
        raise Problem(f"{source} has a file with the unsafe name {path!r}: nothing is fetched")


def _row_counts(source: Source, entries: Mapping[str, RemoteEntry]) -> dict[str, int]:
    """Read the number of rows of each data file from its footer alone."""

    def rows(path: str) -> int | None:
        try:
            with source.open(path) as file:
                return footer.rows(footer.read(file))
        except (ValueError, KeyError, IndexError):
            return None

    tables = [path for path, entry in entries.items() if path.endswith(".parquet") and entry.size]
    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
        counts = zip(tables, pool.map(rows, tables), strict=True)
        return {path: count for path, count in counts if count is not None}


def _adopt(new: Path, folder: Path, paths: Collection[str]) -> None:
    """Make `folder/meta` equal to `new/meta` without touching files that are the same."""
    for name in paths:
        target = folder / name
        if not (target.is_file() and cmp(new / name, target, shallow=False)):
            target.parent.mkdir(parents=True, exist_ok=True)
            (new / name).replace(target)
    for path in (folder / "meta").rglob("*"):
        if path.is_file() and path.relative_to(folder).as_posix() not in paths:
            path.unlink()
