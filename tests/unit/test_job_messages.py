"""In processes of their own, since a pipe is named in the environment and heard for good."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from subtasks import job_messages
from support.workflow import PROJECT

RUN = """
import subprocess, sys, threading
from pathlib import Path
from subtasks import job_messages

received = []
all_there = threading.Event()

def show(line):
    received.append(line)
    if len(received) == 4:
        all_there.set()

job_messages.listen(Path(sys.argv[1]), show)
job = "from subtasks import job_messages; [job_messages.send(f'{i}: wäit') for i in range(2)]"
for _ in range(2):
    subprocess.run([sys.executable, "-c", job], check=True)
assert all_there.wait(30), received
print(*received, sep="\\n")
"""


def test_a_run_shows_what_its_jobs_send(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", RUN, tmp_path],
        cwd=PROJECT / "scripts",
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONUTF8": "1"},
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == ["0: wäit", "1: wäit"] * 2


@pytest.mark.parametrize("path", [None, "absent", "unheard"])
def test_a_message_that_nobody_hears_is_lost(
    path: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "unheard")
    monkeypatch.delenv(job_messages.PIPE, raising=False)
    if path:
        monkeypatch.setenv(job_messages.PIPE, str(tmp_path / path))
    job_messages.send("nobody hears this")
    assert [each.name for each in tmp_path.iterdir()] == ["unheard"]


def test_sending_does_not_wait_for_a_run_that_does_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setenv(job_messages.PIPE, str(tmp_path / "pipe"))
    reader = os.open(tmp_path / "pipe", os.O_RDWR)
    try:
        start = time.monotonic()
        for _ in range(100):
            job_messages.send("x" * 4000)  # six times what a pipe holds
        assert time.monotonic() - start < 10
    finally:
        os.close(reader)
