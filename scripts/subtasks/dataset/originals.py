"""A local dataset into which its result was published, and what it was before.

In its folder `.before_subtasks` lie the files that were replaced, under the paths they had, and
`published.json`, which names all files that were published. The workflow goes on to read the
dataset as it was before: the result is made from that, and may be made anew with other labels.
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
"""A record has some hundred bytes for each file."""

STAGED = "new"
"""Folder of new files on their way into the dataset."""

_KEPT, _RECORD = "files", "published.json"


@dataclass(frozen=True, slots=True)
class Published:
    """A file that was published: whether there was one before, and what was written.

    `written` are the SHA-256 of its content; while it is being replaced, of the old and of the
    new one.
    """

    replaced: bool
    written: list[str] = field(default_factory=list)


def kept(root: Path, path: str | Path) -> Path:
    """Name the place where a file of the dataset at `root` is kept when it is replaced."""
    return root / FOLDER / _KEPT / path


def original(root: Path, path: str | Path) -> Path:
    """Find a file of the dataset at `root` as it was before anything was published there."""
    place = kept(root, path)
    return place if _exists(root, place) else root / path


def added(root: Path) -> frozenset[str]:
    """Paths of the files that the dataset at `root` did not have before."""
    return frozenset(path for path, file in read(root).items() if not file.replaced)


def read(root: Path) -> dict[str, Published]:
    """Read what was published into the dataset at `root`, by path."""
    record = root / FOLDER / _RECORD
    if not _exists(root, record):
        return {}
    if record.stat().st_size > MAX_RECORD_BYTES:
        raise Problem(f"{record} is larger than any such record: move {FOLDER} away")
    try:
        entries = json.loads(record.read_text(encoding="utf-8"))["files"]
        return {path: _published(path, entry) for path, entry in entries.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Problem(f"{record} is damaged: restore it, or move {FOLDER} away") from None


def write(root: Path, published: dict[str, Published]) -> None:
    """Record what is published into the dataset at `root`, or about to be."""
    entries = {path: asdict(file) for path, file in sorted(published.items())}
    files.write_json(root / FOLDER / _RECORD, {"files": entries})


def clear(root: Path) -> None:
    """Forget what was published into the dataset at `root`, once everything is taken back."""
    folder = root / FOLDER
    shutil.rmtree(folder / STAGED, ignore_errors=True)
    for record in [folder / _RECORD, *folder.glob(f".{_RECORD}.*.tmp")]:
        record.unlink(missing_ok=True)
    # Folder by folder and only where nothing is left in it: what is kept here has no copy.
    for place in sorted([folder, *folder.rglob("*/")], reverse=True):
        with contextlib.suppress(OSError):
            place.rmdir()


def _exists(root: Path, place: Path) -> bool:
    """Say whether there is a file; raise `Problem` for anything that publishing never makes.

    Datasets are passed on, and a link would lead out of them; a pipe would be waited for.
    """
    if not os.path.lexists(place):
        return False
    if place.resolve() != root.resolve() / place.relative_to(root) or not place.is_file():
        raise Problem(
            f"{place} is a link or no file, which publishing never makes: move {FOLDER} away"
        )
    return True


def _published(path: str, entry: Any) -> Published:
    """Check an entry, which may be somebody else's."""
    first, *others = path.split("/")
    written = entry["written"]
    if first not in PUBLISHED_FOLDERS or not all(step.strip(". ") for step in others):
        raise ValueError(path)
    if type(entry["replaced"]) is not bool or not all(type(each) is str for each in written):
        raise ValueError(path)
    return Published(entry["replaced"], written)
