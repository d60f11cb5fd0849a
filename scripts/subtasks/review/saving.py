"""Saves and removes a person's labels: whole or not at all, and never over somebody else's."""

import errno
import fcntl
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from subtasks import files
from subtasks.errors import Problem
from subtasks.review.present import Files, Present
from subtasks.review.refusals import Refusal
from subtasks.segments import corrections, subtask_files
from subtasks.segments.segment import Segment

LOCK = ".lock"
WAIT_SECONDS = 10.0
_PAUSE_SECONDS = 0.01
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP)


class Folder:
    """The corrections of one dataset, in `path`, which is `name` inside the folder of all.

    Only one thread of one process writes at a time; other servers may work on the same folder.
    """

    def __init__(self, all_corrections: Path, name: str) -> None:
        self.path = all_corrections / name
        self._all = all_corrections
        self._mine = threading.Lock()

    def remove_left_overs(self) -> None:
        """Remove temporary files of processes that were killed while they saved."""
        for folder in (self.path, self.path / corrections.ANNOTATED):
            with suppress(OSError):
                for path in folder.glob(".*.tmp"):
                    if files.TEMPORARY.fullmatch(path.name) and files.is_left_over(path):
                        path.unlink(missing_ok=True)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Let nobody else write for as long as the block runs. Raises `Refusal`."""
        if not self._mine.acquire(timeout=WAIT_SECONDS):
            raise _busy(self.path)
        try:
            self._make()
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            handle = os.open(self.path / LOCK, flags, 0o666)
            try:
                self._lock(handle)
                yield
            finally:
                os.close(handle)
        finally:
            self._mine.release()

    def _make(self) -> None:
        annotated = self.path / corrections.ANNOTATED
        annotated.mkdir(parents=True, exist_ok=True)
        # Links inside the folder of all corrections could lead a label anywhere.
        real = os.path.realpath(self._all)
        for folder in (self.path, annotated):
            inside = os.path.join(real, os.path.relpath(folder, self._all))  # noqa: PTH118
            if os.path.realpath(folder) != inside:
                raise Problem(f"{folder} is a link: replace it with a folder")

    def _lock(self, handle: int) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno in _NO_LOCKS:
                    return None
                if error.errno not in (errno.EACCES, errno.EAGAIN):
                    raise
            if time.monotonic() > deadline:
                raise _busy(self.path)
            time.sleep(_PAUSE_SECONDS)


def save(
    here: Files, present: Present, segments: Sequence[Segment], *, durable: bool = True
) -> None:
    """Write a correction; before the first, what the annotator has said. `writing()` holds.

    `durable` waits until the disk has it, which takes too long for thousands.

    Raises `Problem`, `OSError`, and `Refusal` where a person's file is damaged.
    """
    if present.by_a_person and present.trouble:
        raise Refusal(409, f"{present.trouble}; mend or remove that file first.")
    if not present.by_a_person:
        _write(here.annotated, present.annotated, durable)
    _write(here.correction, segments, durable)


def remove(here: Files) -> None:
    """Remove a correction, if there is one. `writing()` holds.

    Until the next run the result may hold the correction's labels. Then those of the annotator stay
    here, newer than the result and so in its place.
    """
    if here.correction.exists() or here.correction.is_symlink():
        with suppress(FileNotFoundError):
            os.utime(here.annotated, follow_symlinks=False)
        here.correction.unlink(missing_ok=True)
    if _is_in_result(here):
        here.annotated.unlink(missing_ok=True)


def _is_in_result(here: Files) -> bool:
    """Whether the result has the labels that the annotator had given."""
    try:
        kept = subtask_files.load(here.annotated)
        result = subtask_files.load(here.result) if here.result.exists() else []
    except (Problem, OSError):
        return False
    return [(e.time, e.subtask) for e in kept] == [(e.time, e.subtask) for e in result]


def _write(path: Path, segments: Sequence[Segment], durable: bool) -> None:
    with files.replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write(subtask_files.dump(segments))
        if durable:
            # Nobody can compute a person's work again.
            file.flush()
            os.fsync(file.fileno())


def _busy(path: Path) -> Refusal:
    return Refusal(503, f"Somebody else is writing into {path}: try again.")
