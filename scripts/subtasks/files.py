"""Files that appear under their name only once they are complete."""

import errno
import fcntl
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from subtasks.errors import DiskFull, Problem

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
"""No space is left on the disk, or the user's quota is used up."""

TEMPORARY = re.compile(r"\.(.+)\.[a-z0-9_]{8}\.tmp")
"""Names of the temporary files of `replacing`; the group is the name they were to get."""

LFS_POINTER = b"version https://git-lfs.github.com/spec/"
"""How a file begins that stands for one which Git LFS has not fetched."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, which is renamed to `path` if the block succeeds.

    The temporary file is removed if the block raises. A process killed inside the block leaves a
    hidden `.name.….tmp` file and does not change `path`. Raises `DiskFull` if the disk is full.
    """
    try:
        with _renamed(path) as temporary:
            yield temporary
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        # The error itself names no file, or the one that was copied from.
        raise DiskFull(f"the disk of {path} is full: free some space and run again") from error


@contextmanager
def _renamed(path: Path) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        # Tells this file from one that a killed process has left: see `is_left_over`.
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield temporary
        # Only the owner may read a file made by mkstemp; others may need to read results.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
        os.close(handle)


def is_left_over(temporary: Path) -> bool:
    """Say whether the process that wrote a temporary file of `replacing` is gone.

    It holds a lock on the file, which the system drops when it ends, however it ends. Where the
    file system has no locks, nothing is known, and the file counts as in use.
    """
    try:
        handle = os.open(temporary, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(handle)


def refuse_lfs_pointer(path: Path) -> None:
    """Raise `Problem` for a file that only stands for one which Git LFS has not fetched."""
    with path.open("rb") as file:
        if file.read(len(LFS_POINTER)) == LFS_POINTER:
            raise Problem(
                f"{path} is a Git LFS pointer and not the file itself: run `git lfs pull`"
            )


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content, as 64 hexadecimal digits."""
    # Only here: most programs hash nothing, and the import takes 4 MB.
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_json(path: Path) -> Any:
    """Read a JSON file that the workflow wrote. Raises `Problem` if it is damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise Problem(f"{path} is damaged: remove it and run again") from None


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` as UTF-8, completely or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write `value` to `path` as indented JSON, completely or not at all."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")
