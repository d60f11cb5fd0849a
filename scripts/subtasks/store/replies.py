"""The store of everything the model has answered, so that no answer is paid for twice.

A reply is the file `<folder>/<first two digits>/<key>.json`, where the key is the hash of the
question's meaning. It is written the moment it arrives and never deleted. A reply that led to
no labels is retired once the episode's outcome has been written: its file is renamed, so that
its cost still counts, and the question may be asked again.

Processes that work at the same time do not ask the same question twice either: a process locks
the key's own byte of one lock file while it asks (see `locks`).
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

from subtasks import files
from subtasks.errors import Problem
from subtasks.questions.reply import Reply
from subtasks.store.locks import LockFile

LOCK_POLL_SECONDS = 0.2

# Bytes of the lock file. Each key has the byte that its first digits name: offsets are signed
# 64-bit numbers, so 60 bits of the hash leave room for other locks, and practically never collide.
LOCK_DIGITS = 15
FIRST_IN_FLIGHT = 1 << 60
WHOLE_STORE = 1 << 61

log = logging.getLogger("subtasks")


class ReplyStore:
    """Replies by question key, safe to use from many processes at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.locks = LockFile(folder / "lock")
        self._claims: dict[str, asyncio.Lock] = {}
        self._has_warned = False

    def __enter__(self) -> "ReplyStore":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.locks.close()

    def get(self, key: str) -> Reply | None:
        """Return the reply to a question, or None if it has not been answered."""
        path = self._path(key)
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            return Reply(
                text=str(stored["text"]),
                stop_reason=str(stored["stop_reason"]),
                model=str(stored["model"]),
                usage=dict(stored["usage"]),
                batch=bool(stored.get("batch", False)),
                received=str(stored.get("received", "")),
            )
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            # Asking again would cost money that nobody decided to spend.
            raise Problem(f"the stored reply {path} is damaged: remove it to ask again") from None

    def put(self, key: str, reply: Reply) -> None:
        """Store the reply to a question."""
        files.write_json(self._path(key), asdict(reply))

    def retire(self, key: str) -> None:
        """Keep a reply for its cost alone: its question counts as unanswered."""
        path = self._path(key)
        # Another process that met the same failure may have retired it already.
        with self.locked(), contextlib.suppress(FileNotFoundError):
            number = 1
            while (retired := path.with_name(f"{key}.retired-{number}.json")).exists():
                number += 1
            path.rename(retired)

    @contextlib.asynccontextmanager
    async def claim(self, key: str) -> AsyncIterator[None]:
        """Wait until nobody else is asking this question, and keep others from asking it."""
        # Tasks of this process need not poll for each other.
        async with self._claims.setdefault(key, asyncio.Lock()):
            byte = int(key[:LOCK_DIGITS], 16)
            while not self._acquire(byte):
                await asyncio.sleep(LOCK_POLL_SECONDS)
            try:
                yield
            finally:
                self.locks.release(byte)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep all other processes out while something short is done to the whole store."""
        with contextlib.suppress(OSError):
            self.locks.acquire(WHOLE_STORE, wait=True)
        try:
            yield
        finally:
            self.locks.release(WHOLE_STORE)

    def _acquire(self, byte: int) -> bool:
        try:
            return self.locks.acquire(byte)
        except OSError:
            if not self._has_warned:
                self._has_warned = True
                log.warning(
                    "%s is on a file system without file locks: two jobs asking the same question "
                    "at once both pay for it",
                    self.folder,
                )
            return True

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"
