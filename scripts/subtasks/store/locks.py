"""Locks between processes: each byte of a lock file is a lock of its own.

The locks are POSIX's byte-range locks, which most network file systems know too. The system
drops those of a process when it ends, however it ends. Two of their rules shape this module:

- A process never conflicts with itself. So the bytes it holds are remembered, and a second
  holder within the process is refused like one in another process.
- Closing any descriptor of a file drops all the locks that the process has on it. So a process
  opens each lock file once, for all its users, and closes it after the last of them.
"""

import errno
import fcntl
import os
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class _OpenFile:
    """A lock file that this process has open, its number of users and the bytes they hold."""

    descriptor: int
    users: int = 0
    held: set[int] = field(default_factory=set)


_open_files: dict[Path, _OpenFile] = {}


class LockFile:
    """One user's locks on a file, which is created where there is none.

    Nothing is written to the file, and a byte that is locked need not exist: any offset from 0
    to 2⁶³ - 1 will do.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        if self._path not in _open_files:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
            _open_files[self._path] = _OpenFile(descriptor)
        self._file = _open_files[self._path]
        self._file.users += 1
        self._mine: set[int] = set()

    def acquire(self, byte: int, *, wait: bool = False) -> bool:
        """Lock a byte, and return whether that succeeded: not while somebody else holds it.

        `wait` waits for other processes; a holder within this process could not release the
        byte meanwhile. Raises `OSError` on a file system without locks.
        """
        if byte in self._file.held:
            return False
        try:
            mode = fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB
            fcntl.lockf(self._file.descriptor, mode, 1, byte)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EAGAIN):
                return False
            raise
        self._file.held.add(byte)
        self._mine.add(byte)
        return True

    def release(self, byte: int) -> None:
        """Unlock a byte, unless this user does not hold it."""
        if byte in self._mine:
            fcntl.lockf(self._file.descriptor, fcntl.LOCK_UN, 1, byte)
            self._mine.remove(byte)
            self._file.held.remove(byte)

    def close(self) -> None:
        """Unlock all bytes that this user holds. The object cannot be used afterwards."""
        for byte in list(self._mine):
            self.release(byte)
        self._file.users -= 1
        if not self._file.users:
            os.close(self._file.descriptor)
            del _open_files[self._path]
