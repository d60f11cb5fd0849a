"""Temporary files that killed processes have left, removed by the next run.

A file is written under a temporary name beside its place. Its writer holds a lock on it (see
`subtasks.files`), so that what another process is still writing is told from what is left over.
Only folders in which the run writes again are looked at.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from subtasks import files

_REPLY = re.compile(r"[0-9a-f]{16,}\.json")


def remove(folders: Iterable[Path]) -> int:
    """Remove temporary files that nobody writes any more; returns how many."""
    number = 0
    for path in _left_over(folders):
        with suppress(OSError):
            path.unlink()
            number += 1
    return number


def rescue(replies: Path) -> int:
    """Give complete replies their names, and remove cut ones; returns how many were complete.

    A process may be killed between the last byte of a reply and its name, and the reply is paid.
    """
    number = 0
    for path in _left_over(each for each in _folders(replies) if each.name != "in_flight"):
        found = files.TEMPORARY.fullmatch(path.name)
        assert found is not None
        with suppress(OSError):
            if _REPLY.fullmatch(found[1]) and _is_complete(path):
                # Unlike renaming, this never replaces a reply that is there.
                with suppress(FileExistsError):
                    os.link(path, path.with_name(found[1]))
                    path.chmod(0o666 & ~_umask())
                    number += 1
            path.unlink()
    return number


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


def _folders(parent: Path) -> Iterator[Path]:
    with suppress(OSError), os.scandir(parent) as entries:
        yield from (Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False))


def _left_over(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        # Only names are read: a folder may hold a file for each of many episodes.
        try:
            with os.scandir(folder) as entries:
                names = [entry.name for entry in entries]
        except OSError:
            continue
        for name in filter(files.TEMPORARY.fullmatch, names):
            if files.is_left_over(folder / name):
                yield folder / name


def _is_complete(path: Path) -> bool:
    try:
        stored = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return False
    return isinstance(stored, dict) and {"text", "stop_reason", "model", "usage"} <= stored.keys()
