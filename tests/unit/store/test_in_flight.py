"""What other processes have in flight counts for as long as they live."""

import errno
import fcntl
import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from subtasks.errors import Problem
from subtasks.store.in_flight import InFlight
from subtasks.store.replies import ReplyStore
from support.waiting import wait_until


def publish(folder: Path, usd: float) -> None:
    """Publish a sum and never withdraw it."""
    InFlight(ReplyStore(folder)).write(usd)
    signal.pause()


def files_in(folder: Path) -> list[Path]:
    return list((folder / "in_flight").glob("*"))


def test_the_sum_of_another_process_counts_until_it_is_killed(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=publish, args=(tmp_path, 1.25))
    process.start()
    wait_until(lambda: any(path.stat().st_size for path in files_in(tmp_path)))
    with ReplyStore(tmp_path) as store:
        mine = InFlight(store)
        mine.write(4.0)
        assert list(mine.others()) == [1.25]
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert list(mine.others()) == []
        assert len(files_in(tmp_path)) == 1
        mine.close()
    assert files_in(tmp_path) == []


def test_the_latest_sum_counts_until_it_is_withdrawn(tmp_path: Path) -> None:
    with ReplyStore(tmp_path) as store, ReplyStore(tmp_path) as same:
        mine, other = InFlight(store), InFlight(same)
        for usd in (1000.5, 0.0, 0.25):
            mine.write(usd)
            assert list(other.others()) == [usd]
        assert mine.is_published
        mine.close()
        assert not mine.is_published
        assert list(other.others()) == []


def test_a_file_system_without_locks_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lockf(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    with ReplyStore(tmp_path) as store:
        monkeypatch.setattr(fcntl, "lockf", lockf)
        with pytest.raises(Problem, match="without file locks, which a budget needs: put replies"):
            InFlight(store).write(1.0)
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("content", [b"", b"\xff", b"1.5x", b"nan", b"inf", b"[]"])
def test_a_damaged_sum_of_another_process_counts_as_nothing(tmp_path: Path, content: bytes) -> None:
    process = multiprocessing.get_context("spawn").Process(target=publish, args=(tmp_path, 1.25))
    process.start()
    wait_until(lambda: files_in(tmp_path) and files_in(tmp_path)[0].stat().st_size)
    files_in(tmp_path)[0].write_bytes(content)
    with ReplyStore(tmp_path) as store:
        assert list(InFlight(store).others()) == [0.0]
    process.kill()
    process.join()
