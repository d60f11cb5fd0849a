"""What files say now: each is read again when it has changed."""

import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")

State = tuple[int, int, int]
"""When a file was changed (ns), its size and its inode; zeros for a file that is not there."""

ABSENT: State = (0, 0, 0)

SETTLED_NS = 2_000_000_000
"""A folder that was changed so recently may change again within one tick of its clock."""


def state(path: Path) -> State:
    """Return what tells a file from the one that is there after a change."""
    try:
        found = path.stat()
    except OSError:
        return ABSENT
    return found.st_mtime_ns, found.st_size, found.st_ino


class Latest(Generic[T]):
    """What `read` makes of a file; errors that it raises are raised each time."""

    def __init__(self, path: Path, read: Callable[[Path], T]) -> None:
        self.path = path
        self._read = read
        self._lock = threading.Lock()
        self._known: tuple[State, T] | None = None

    def get(self) -> T:
        """Return the present content."""
        with self._lock:
            now = state(self.path)
            if self._known is None or self._known[0] != now:
                self._known = None
                # Before reading: a change meanwhile is seen the next time.
                self._known = now, self._read(self.path)
            return self._known[1]


class Folder:
    """The files of a folder and their states.

    With `renamed`, files only ever come by renaming, as the workflow writes them: then the folder
    itself says whether anything has changed, and is not listed in vain.
    """

    def __init__(self, path: Path, *, renamed: bool) -> None:
        self._path = path
        self._renamed = renamed
        self._lock = threading.Lock()
        self._listed: tuple[State, Mapping[str, State]] | None = None

    def files(self) -> Mapping[str, State]:
        """Return the states of the files by their names; none where there is no folder."""
        with self._lock:
            now = state(self._path)
            if self._renamed and self._listed is not None and self._listed[0] == now:
                return self._listed[1]
            found = dict(self._scan())
            is_settled = time.time_ns() - now[0] > SETTLED_NS
            self._listed = (now, found) if is_settled else None
            return found

    def _scan(self) -> list[tuple[str, State]]:
        found = []
        try:
            with os.scandir(self._path) as entries:
                for entry in entries:
                    # A temporary name is none that anybody asks for.
                    if entry.name[0] != "." and (known := _state_of(entry)):
                        found.append((entry.name, known))
        except OSError:
            pass
        return found


def _state_of(entry: "os.DirEntry[str]") -> State | None:
    try:
        if not entry.is_file():
            return None
        status = entry.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
