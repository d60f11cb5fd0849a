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
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from subtasks import files
from subtasks.errors import Problem
from subtasks.questions.reply import Reply
from subtasks.store.locks import LockFile

LOCK_POLL_SECONDS = 0.2
FOLDER_DIGITS = 2

# Bytes of the lock file. Each key has the byte that its first digits name: offsets are signed
# 64-bit numbers, so 60 bits of the hash leave room for other locks, and practically never collide.
LOCK_DIGITS = 15
FIRST_IN_FLIGHT = 1 << 60
WHOLE_STORE = 1 << 61

CLOCK_SKEW_SECONDS = 1.0
"""Times of folders are those of the file server, and may be coarse."""

T = TypeVar("T")

log = logging.getLogger("subtasks")


class DamagedReply(Problem):
    """A stored reply that cannot be read."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"the stored reply {path} is damaged: remove it to ask again")


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
        """Return the reply to a question, or None if it has not been answered.

        Raises `DamagedReply`: asking again would cost money that nobody decided to spend.
        """
        try:
            return read_reply(self._path(key))
        except FileNotFoundError:
            return None

    def put(self, key: str, reply: Reply, body: str = "") -> None:
        """Store the reply to a question.

        `body` is the response as it came, where the reply does not hold all that matters of it.
        It is kept for whoever wants to know, and not read again.
        """
        path = self._path(key)
        content = asdict(reply) | ({"body": body} if body else {})
        try:
            files.write_json(path, content)
        except UnicodeEncodeError:
            # Lone surrogates have no form in UTF-8, but one in JSON.
            files.write_text(path, json.dumps(content, indent=2) + "\n")

    def has_changed_since(self, moment: float) -> bool:
        """Say whether a reply was stored after a moment (seconds since 1970), by any process."""
        with os.scandir(self.folder) as entries:
            return any(
                entry.stat().st_mtime > moment + CLOCK_SKEW_SECONDS
                for entry in entries
                if len(entry.name) == FOLDER_DIGITS
            )

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
        return self.folder / key[:FOLDER_DIGITS] / f"{key}.json"


def read_reply(path: Path) -> Reply:
    """Read a stored reply. Raises `DamagedReply` and `FileNotFoundError`."""
    try:
        return _reply(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DamagedReply(path) from None


def _reply(stored: Any) -> Reply:
    """Make a reply of its JSON form. Raises `KeyError` or `TypeError` for another form."""
    usage = _of_kind(stored["usage"], dict)
    return Reply(
        text=_of_kind(stored["text"], str),
        stop_reason=_of_kind(stored["stop_reason"], str),
        model=_of_kind(stored["model"], str),
        # Earlier versions kept whatever number an endpoint called a count.
        usage={kind: max(int(_of_kind(count, int)), 0) for kind, count in usage.items()},
        batch=_of_kind(stored.get("batch", False), bool),
        received=_of_kind(stored.get("received", ""), str),
    )


def _of_kind(value: Any, kind: type[T]) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"not a {kind.__name__}")
    return value
