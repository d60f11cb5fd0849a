"""The files that publishing in place replaced in a dataset, and where they are kept.

A dataset into which its result was published has a folder `.before_subtasks`, with the replaced
files under their old paths and `published.json`, which names all published files. The workflow
keeps reading the dataset as it was before, so the result can be made again with other labels.
"""

import contextlib
import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from subtasks import files
from subtasks.errors import Problem

FOLDER = ".before_subtasks"
PUBLISHED_FOLDERS = ("data", "meta", "subtasks")
"""Folders of a result that are published; its videos are the source's own."""

MAX_RECORD_BYTES = 256 << 20
"""Each file adds a few hundred bytes to the record."""

STAGED = "new"
"""Folder of new files on their way into the dataset."""

_KEPT, _RECORD = "files", "published.json"
_MOVE_AWAY = f"move {FOLDER} out of the dataset"


@dataclass(frozen=True, slots=True)
class Published:
    """A published file: whether it replaced another, and the SHA-256 of its content.

    `written` has both hashes, the old and the new one, while a published file is being replaced.
    """

    replaced: bool
    written: list[str] = field(default_factory=list)


def kept(root: Path, path: str | Path) -> Path:
    """Say where a file of the dataset at `root` is kept when it is replaced."""
    return root / FOLDER / _KEPT / path


def original(root: Path, path: str | Path) -> Path:
    """Find a file of the dataset at `root` as it was before anything was published there."""
    kept_path = kept(root, path)
    return kept_path if _exists(root, kept_path) else root / path


def added(root: Path) -> frozenset[str]:
    """List the published files that replaced none, by their paths in the dataset at `root`."""
    return frozenset(path for path, file in read(root).items() if not file.replaced)


def read(root: Path) -> dict[str, Published]:
    """Read what was published into the dataset at `root`, by path; raises `Problem`."""
    record = root / FOLDER / _RECORD
    if not _exists(root, record):
        return {}
    if record.stat().st_size > MAX_RECORD_BYTES:
        raise Problem(f"{record} is too large (limit: {MAX_RECORD_BYTES >> 20} MB): {_MOVE_AWAY}")
    try:
        entries = json.loads(record.read_text(encoding="utf-8"))["files"]
        return {path: _published(path, entry) for path, entry in entries.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Problem(f"{record} is damaged: restore it, or {_MOVE_AWAY}") from None


def write(root: Path, published: dict[str, Published]) -> None:
    """Record what is published into the dataset at `root`, or is about to be."""
    entries = {path: asdict(file) for path, file in sorted(published.items())}
    files.write_json(root / FOLDER / _RECORD, {"files": entries})


def clear(root: Path) -> None:
    """Remove the record of the dataset at `root`, once every published file is taken back."""
    folder = root / FOLDER
    shutil.rmtree(folder / STAGED, ignore_errors=True)
    for record in [folder / _RECORD, *folder.glob(f".{_RECORD}.*.tmp")]:
        record.unlink(missing_ok=True)
    # Only empty folders are removed, one by one: the files kept here have no other copy.
    for empty in sorted([folder, *folder.rglob("*/")], reverse=True):
        with contextlib.suppress(OSError):
            empty.rmdir()


def _exists(root: Path, path: Path) -> bool:
    """Say whether there is a file; raise `Problem` for anything that publishing never makes.

    Datasets are passed on: a link would lead out of them, and reading a pipe would never end.
    """
    if not os.path.lexists(path):
        return False
    if path.resolve() != root.resolve() / path.relative_to(root) or not path.is_file():
        raise Problem(
            f"{path} is a link or not a regular file, which publishing never makes: {_MOVE_AWAY}"
        )
    return True


def _published(path: str, entry: Any) -> Published:
    """Check an entry of the record, which may come from somebody else."""
    first, *others = path.split("/")
    written = entry["written"]
    if first not in PUBLISHED_FOLDERS or not all(name.strip(". ") for name in others):
        raise ValueError(path)
    if type(entry["replaced"]) is not bool or not all(type(each) is str for each in written):
        raise ValueError(path)
    return Published(entry["replaced"], written)
