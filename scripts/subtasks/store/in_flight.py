"""What the questions that are under way may cost, over all processes that use a reply store.

Each process keeps its own sum in a file of the store's folder `in_flight`, and a lock for as
long as the file counts. The sum of a process that is gone no longer counts.
"""

import contextlib
import hashlib
import math
import os
import uuid
from collections.abc import Iterator

from subtasks.errors import Fatal
from subtasks.store.replies import FIRST_IN_FLIGHT, ReplyStore

HASH_BYTES = 7
"""56 bits, so that the locks of these files stay below those of the whole store."""


class InFlight:
    """The sum of this process in US dollars, and those of the others.

    A sum must only be changed or read while the store is locked (`ReplyStore.locked`).
    """

    def __init__(self, store: ReplyStore) -> None:
        self._store = store.folder
        self._locks = store.locks
        self._folder = store.folder / "in_flight"
        self._path = self._folder / uuid.uuid4().hex
        self._file: int | None = None

    @property
    def is_published(self) -> bool:
        """Whether others can see this process's sum: from the first `write` to `close`."""
        return self._file is not None

    def write(self, usd: float) -> None:
        """Publish this process's sum. Raises `Fatal` on a file system without locks."""
        if self._file is None:
            self._acquire(_byte(self._path.name))
            self._folder.mkdir(exist_ok=True)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        os.pwrite(self._file, f"{usd:20.6f}".encode(), 0)

    def others(self) -> Iterator[float]:
        """Yield the sums of the other processes, and remove the files of those that are gone."""
        for path in self._folder.glob("*"):
            if path == self._path:
                continue
            with contextlib.suppress(FileNotFoundError):
                if self._is_held(path.name):
                    yield _dollars(path.read_bytes())
                else:
                    path.unlink()

    def close(self) -> None:
        """Withdraw this process's sum."""
        if self._file is not None:
            self._path.unlink(missing_ok=True)
            os.close(self._file)
            self._file = None
            self._locks.release(_byte(self._path.name))

    def _is_held(self, name: str) -> bool:
        byte = _byte(name)
        if not self._acquire(byte):
            return True
        self._locks.release(byte)
        return False

    def _acquire(self, byte: int) -> bool:
        try:
            return self._locks.acquire(byte)
        except OSError:
            raise Fatal(
                f"{self._store} is on a file system without file locks, which a budget needs: "
                "put replies elsewhere or leave claude.budget_usd empty"
            ) from None


def _dollars(text: bytes) -> float:
    """Read the sum of another process; 0 for a damaged one, which it will write anew."""
    try:
        usd = float(text or b"0")
    except ValueError:
        return 0.0
    return usd if math.isfinite(usd) else 0.0


def _byte(name: str) -> int:
    digest = hashlib.blake2b(name.encode(), digest_size=HASH_BYTES).digest()
    return FIRST_IN_FLIGHT + int.from_bytes(digest)
