"""What is known here of a dataset that lies elsewhere: as much as a run can be planned with.

In the `source` folder of a dataset lie `meta/` as it is there, `files.json` with all data and
video files, and `revision.json`, written last, which says what they belong to. So the network is
needed for nothing but the files themselves. Whatever else is on its way lies in hidden folders.
"""

import json
import shutil
import tempfile
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from filecmp import cmp
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Protocol

from subtasks import files
from subtasks.dataset.dataset import RemoteFile
from subtasks.errors import Problem

REQUESTS_AT_ONCE = 8
MAX_METADATA_BYTES = 16 << 30
RECORD, INFO = "revision.json", "meta/info.json"
PARTS = ".parts"
"""Folder in which files that are being fetched become whole."""

_FILES, _FOLDERS = "files.json", ("meta", "data", "videos")


@dataclass(frozen=True, slots=True)
class RemoteEntry:
    """A file of an origin: a name of its content, which changes with it, and its bytes."""

    content: str
    size: int


class Source(Protocol):
    """Where a dataset lies. Its methods are called from several threads."""

    @property
    def name(self) -> str:
        """What it is called in sentences."""

    def listing(self) -> Mapping[str, RemoteEntry]:
        """All files, by path."""

    def download(self, path: str, content: str, folder: Path) -> None:
        """Bring a file to its place in `folder`; `content` is what the listing says of it."""

    def open(self, path: str) -> BinaryIO:
        """Open a file of which only parts are read."""


def read_record(folder: Path) -> Any:
    """Read what the metadata in `folder` belongs to; None where it is not there or not whole."""
    if not all((folder / name).is_file() for name in (RECORD, _FILES, INFO)):
        return None
    return files.read_json(folder / RECORD)


def read_files(folder: Path) -> dict[str, RemoteFile]:
    """Read which data and video files there are; raises `Problem` where the list is damaged."""
    entries = files.read_json(folder / _FILES)
    try:
        return {path: _remote_file(**entry) for path, entry in entries.items()}
    except (TypeError, AttributeError):
        raise Problem(f"{folder / _FILES} is damaged: remove it to make it again") from None


def _remote_file(content: str, rows: int | None) -> RemoteFile:
    if type(content) is not str or type(rows) not in (int, type(None)):
        raise TypeError
    return RemoteFile(content, rows)


def fetch(folder: Path, origin: Source, record: Any) -> None:
    """Fetch the metadata of a dataset into `folder`, and say there what it belongs to.

    Files that have not changed keep their times, so that nothing runs again for them. Raises
    `Problem` for what is no dataset or has names that lead elsewhere.
    """
    entries = origin.listing()
    for path in entries:
        check_path(origin.name, path)
    meta = {path: entry for path, entry in entries.items() if path.startswith("meta/")}
    if INFO not in meta:
        raise Problem(
            f"{origin.name} is no LeRobot dataset (it has no {INFO}): check what the config says "
            "of its place"
        )
    size = sum(entry.size for entry in meta.values())
    if size > MAX_METADATA_BYTES:
        raise Problem(f"{origin.name} has {size >> 30} GB of metadata, no dataset needs that")
    others = {p: e for p, e in entries.items() if p.split("/")[0] in _FOLDERS and p not in meta}
    in_parts = any(path.startswith("meta/episodes/") for path in meta)
    rows = _rows(origin, others) if in_parts else {}
    known = {p: asdict(RemoteFile(entry.content, rows.get(p))) for p, entry in others.items()}
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".meta.", dir=folder) as name:
        new = Path(name)
        with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
            list(pool.map(lambda path: origin.download(path, meta[path].content, new), meta))
        # From here to the end nothing is pinned: a run killed in between fetches anew.
        (folder / RECORD).unlink(missing_ok=True)
        _adopt(new, folder, meta)
    files.write_text(folder / _FILES, json.dumps(known))
    files.write_json(folder / RECORD, record)


def clear_parts(folder: Path) -> None:
    """Remove what killed runs have left; nobody else may be fetching."""
    for left in folder.glob(".*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def check_path(origin: str, path: str) -> None:
    """Raise `Problem` for a name of a file that would lead out of the folder it is put into."""
    if (
        PurePosixPath(path).is_absolute()
        or any(step in ("", ".", "..") for step in path.split("/"))
        or "\\" in path
        or not path.isprintable()
    ):
        raise Problem(
            f"{origin} has a file called {path!r}, which is no safe name: nothing is fetched"
        )


def _rows(origin: Source, entries: Mapping[str, RemoteEntry]) -> dict[str, int]:
    """Read how many rows the data files have, from their footers alone."""
    from subtasks.parquet import footer

    def rows(path: str) -> int | None:
        try:
            with origin.open(path) as file:
                return footer.rows(footer.read(file))
        except (ValueError, KeyError, IndexError):
            return None

    tables = [path for path, entry in entries.items() if path.endswith(".parquet") and entry.size]
    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
        counts = zip(tables, pool.map(rows, tables), strict=True)
        return {path: count for path, count in counts if count is not None}


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
