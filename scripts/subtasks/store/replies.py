"""The store of everything the model has answered, so that no answer is paid for twice.

A reply lies under `<folder>/<first two digits>/<key>.json`, the key being the hash of the
question's meaning. It is written the moment it arrives and never deleted. A reply that led to
no labels is retired once its outcome was written: it keeps its file, for the account, under
another name, and the question may be asked again.

Processes that work at the same time do not ask the same question twice either: who asks holds
a lock on the key's own byte of one lock file. The system drops the lock when the process
ends, however it ends.
"""

import asyncio
import contextlib
import errno
import fcntl
import json
import logging
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

from subtasks import files
from subtasks.errors import Problem
from subtasks.questions.reply import Reply

LOCK_POLL_SECONDS = 0.2
# Offsets are signed 64-bit numbers; 60 bits of the hash leave room and collide practically never.
LOCK_DIGITS = 15
WHOLE_STORE = 1 << 61

log = logging.getLogger("subtasks")


class ReplyStore:
    """Replies by question key, safe to use from many processes at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock_file = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o666)
        self._asking: dict[str, asyncio.Lock] = {}
        self._locks_work = True

    def __enter__(self) -> "ReplyStore":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.close(self._lock_file)

    def get(self, key: str) -> Reply | None:
        """Return the reply to a question, or None where it has not been answered."""
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
            # Asking anew would cost money nobody decided to spend.
            raise Problem(f"the stored reply {path} is damaged: remove it to ask again") from None

    def put(self, key: str, reply: Reply) -> None:
        """Keep the reply to a question."""
        files.write_json(self._path(key), asdict(reply))

    def retire(self, key: str) -> None:
        """Keep a reply for the account alone: its question counts as unanswered."""
        path = self._path(key)
        # Another process that met the same failure may have been first.
        with self.alone(), contextlib.suppress(FileNotFoundError):
            number = 1
            while (retired := path.with_name(f"{key}.retired-{number}.json")).exists():
                number += 1
            path.rename(retired)

    @contextlib.asynccontextmanager
    async def claim(self, key: str) -> AsyncIterator[None]:
        """Wait until nobody else is asking this question, and keep others from asking it."""
        # POSIX locks do not hold within one process, so its own tasks need a lock besides.
        mine = self._asking.setdefault(key, asyncio.Lock())
        async with mine:
            offset = int(key[:LOCK_DIGITS], 16)
            while not self._lock(offset):
                await asyncio.sleep(LOCK_POLL_SECONDS)
            try:
                yield
            finally:
                if self._locks_work:
                    fcntl.lockf(self._lock_file, fcntl.LOCK_UN, 1, offset)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep all other processes out while something short is done to the whole store."""
        with contextlib.suppress(OSError):
            fcntl.lockf(self._lock_file, fcntl.LOCK_EX, 1, WHOLE_STORE)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                fcntl.lockf(self._lock_file, fcntl.LOCK_UN, 1, WHOLE_STORE)

    def _lock(self, offset: int) -> bool:
        if not self._locks_work:
            return True
        try:
            fcntl.lockf(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, offset)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EAGAIN):
                return False
            self._locks_work = False
            log.warning(
                "%s lies on a file system without locks: the same question asked by two jobs at "
                "one moment is paid for twice",
                self.folder,
            )
        return True

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"
