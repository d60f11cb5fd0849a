"""Files that appear under their name only when they are whole."""

import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from subtasks.errors import Problem

FULL = (errno.ENOSPC, errno.EDQUOT)
"""What a disk without space says, or one whose user may take no more of it."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`, renamed to `path` when the block succeeds.

    The temporary file is removed when the block raises. A process killed inside the
    block leaves a hidden `.name.….tmp` file and nothing under `path`. A full disk is a
    `Problem` that names `path`.
    """
    try:
        with _renamed(path) as temporary:
            yield temporary
    except OSError as error:
        if error.errno not in FULL:
            raise
        # The error itself names the file that was copied from, or none.
        raise Problem(f"the disk of {path} is full: free some space and run again") from error


@contextmanager
def _renamed(path: Path) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes files that only the owner may read; results are shared like any file.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """Hash a file's content with SHA-256; returns 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_json(path: Path) -> Any:
    """Read a JSON file this program wrote; raises `Problem` where somebody has damaged it."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise Problem(f"{path} is damaged: remove it to make it again") from None


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 to `path`, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON with a final newline, whole or not at all."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")
