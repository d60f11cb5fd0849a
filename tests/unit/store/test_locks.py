"""Byte-range locks: between processes, within one, and whatever becomes of their holders."""

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from subtasks.store.locks import LockFile
from support.waiting import wait_until

SPAWN = multiprocessing.get_context("spawn")
LARGEST = (1 << 63) - 1


def hold(path: Path, byte: int, held: Path) -> None:
    """Lock a byte and never release it."""
    assert LockFile(path).acquire(byte)
    held.touch()
    signal.pause()


@pytest.fixture
def holder(tmp_path: Path):
    """A process that holds byte 5 of the lock file."""
    process = SPAWN.Process(target=hold, args=(tmp_path / "lock", 5, tmp_path / "held"))
    process.start()
    wait_until((tmp_path / "held").exists)
    yield process
    process.kill()
    process.join()


def test_a_byte_has_one_holder_until_its_process_is_killed(tmp_path: Path, holder) -> None:
    locks = LockFile(tmp_path / "lock")
    assert not locks.acquire(5)
    for byte in (0, 4, 6, LARGEST):
        assert locks.acquire(byte)
    os.kill(holder.pid, signal.SIGKILL)
    assert locks.acquire(5, wait=True)
    locks.close()
    assert (tmp_path / "lock").stat().st_size == 0


def test_users_within_a_process_exclude_each_other(tmp_path: Path) -> None:
    one, other = (LockFile(tmp_path / "lock") for _ in range(2))
    assert one.acquire(1)
    assert not other.acquire(1)
    assert not one.acquire(1)
    other.release(1)  # It is not theirs.
    assert not other.acquire(1)
    one.release(1)
    assert other.acquire(1)
    one.close()
    assert LockFile(tmp_path / "lock").acquire(2)


def test_closing_one_user_drops_its_locks_and_no_others(tmp_path: Path) -> None:
    """The system drops all locks of a process when any descriptor of the file is closed."""
    mine, closed = LockFile(tmp_path / "lock"), LockFile(tmp_path / "." / "lock")
    assert mine.acquire(1)
    assert closed.acquire(2)
    closed.close()
    with SPAWN.Pool(1) as pool:
        assert pool.map(try_to_lock, [(tmp_path / "lock", byte) for byte in (1, 2)]) == [
            False,
            True,
        ]
        mine.close()
        assert pool.map(try_to_lock, [(tmp_path / "lock", 1)]) == [True]


def try_to_lock(asked: tuple[Path, int]) -> bool:
    path, byte = asked
    locks = LockFile(path)
    try:
        return locks.acquire(byte)
    finally:
        locks.close()
