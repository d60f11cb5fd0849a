"""What killed processes leave is removed, and what others still write is not."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from subtasks import files
from subtasks.workflow import left_overs
from support.waiting import wait_until
from support.workflow import PROJECT

WRITE = """
import sys, time
from pathlib import Path
from subtasks import files
with files.replacing(Path(sys.argv[1])) as temporary:
    temporary.write_text(sys.argv[2])
    print(temporary, flush=True)
    time.sleep(600)
"""
KEY = "0123456789abcdef" * 4
REPLY = {"text": "[]", "stop_reason": "end_turn", "model": "claude", "usage": {}}


@pytest.fixture
def writing() -> Iterator[list["subprocess.Popen[str]"]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def start(path: Path, text: str, writing: list["subprocess.Popen[str]"]) -> Path:
    """Let another process write to a file without an end; returns its temporary file."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITE, str(path), text],
        cwd=PROJECT / "scripts",
        stdout=subprocess.PIPE,
        text=True,
    )
    writing.append(process)
    assert process.stdout is not None
    return Path(process.stdout.readline().strip())


def killed(path: Path, text: str, writing: list["subprocess.Popen[str]"]) -> Path:
    temporary = start(path, text, writing)
    writing[-1].send_signal(signal.SIGKILL)
    writing[-1].wait()
    wait_until(temporary.exists)
    return temporary


def test_only_the_file_of_the_killed_process_is_removed(
    tmp_path: Path, writing: list["subprocess.Popen[str]"]
) -> None:
    gone = killed(tmp_path / "a.json", "half", writing)
    used = start(tmp_path / "a.json", "half", writing)
    kept = [tmp_path / name for name in ("a.json", ".hidden", ".a.json.tmp", "x.abcdefgh.tmp")]
    for path in kept:
        path.touch()
    assert left_overs.remove([tmp_path, tmp_path / "absent", kept[0]]) == 1
    assert not gone.exists()
    assert used.exists()
    assert all(path.exists() for path in kept)


def test_the_writer_itself_is_not_taken_for_gone(tmp_path: Path) -> None:
    with files.replacing(tmp_path / "a") as temporary:
        temporary.write_text("whole")
        assert left_overs.remove([tmp_path]) == 0
    assert (tmp_path / "a").read_text() == "whole"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    (tmp_path / ".a.abcdefgh.tmp").symlink_to(tmp_path / "file")
    assert left_overs.remove([tmp_path]) == 0
    assert (tmp_path / "file").read_text() == "kept"


def test_a_reply_that_was_complete_gets_its_name(
    tmp_path: Path, writing: list["subprocess.Popen[str]"]
) -> None:
    path = tmp_path / KEY[:2] / f"{KEY}.json"
    temporary = killed(path, json.dumps(REPLY), writing)
    assert left_overs.rescue(tmp_path) == 1
    assert json.loads(path.read_text()) == REPLY
    assert not temporary.exists()
    assert left_overs.rescue(tmp_path) == 0


@pytest.mark.parametrize("text", ["", json.dumps(REPLY)[:-1], "{}", "[]", "3", "[" * 100_000])
def test_a_reply_that_was_cut_is_removed(
    tmp_path: Path, writing: list["subprocess.Popen[str]"], text: str
) -> None:
    path = tmp_path / KEY[:2] / f"{KEY}.json"
    temporary = killed(path, text, writing)
    assert left_overs.rescue(tmp_path) == 0
    assert not path.exists()
    assert not temporary.exists()


def test_a_reply_that_is_there_stays(
    tmp_path: Path, writing: list["subprocess.Popen[str]"]
) -> None:
    path = tmp_path / KEY[:2] / f"{KEY}.json"
    killed(path, json.dumps(REPLY | {"text": "another"}), writing)
    path.write_text(json.dumps(REPLY))
    assert left_overs.rescue(tmp_path) == 0
    assert json.loads(path.read_text()) == REPLY


def test_a_reply_that_is_being_stored_is_left_alone(
    tmp_path: Path, writing: list["subprocess.Popen[str]"]
) -> None:
    temporary = start(tmp_path / KEY[:2] / f"{KEY}.json", json.dumps(REPLY), writing)
    assert left_overs.rescue(tmp_path) == 0
    assert temporary.exists()


def test_there_may_be_no_replies(tmp_path: Path) -> None:
    assert left_overs.rescue(tmp_path / "absent") == 0
