"""What every program does around its `main()`, each in a process of its own."""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from subtasks import program
from support.waiting import wait_until
from support.workflow import PROJECT

CODE = """
import logging, os, time
from pathlib import Path
from subtasks import program
from subtasks.errors import DiskFull, Fatal, Problem

def main():
{}

program.run(main)
"""
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


def start(body: str, failure: Path | None) -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if "SUBTASKS" not in name}
    if failure:
        environment[program.FAILURE_FILE] = str(failure)
    return subprocess.Popen(
        [sys.executable, "-c", CODE.format("\n".join(f"    {x}" for x in body.splitlines()))],
        cwd=PROJECT / "scripts",
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(body: str, failure: Path | None = None) -> tuple[int, str]:
    """Run a program with this `main()`; return its exit code and its log."""
    process = start(body, failure)
    _, log = process.communicate(timeout=60)
    return process.returncode, log


def test_a_program_that_returns_has_exit_code_0_and_says_nothing(tmp_path: Path) -> None:
    assert run("pass", tmp_path / "failure.json") == (0, "")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("error", "exit_code", "level", "reason"),
    [
        ("Problem('the video a.mp4 is damaged: repair it')", 1, "ERROR", None),
        ("Fatal('the account has no credit left')", 3, "CRITICAL", None),
        ("DiskFull('the disk of /a is full')", 4, "ERROR", None),
        ("MemoryError()", 1, "ERROR", "the memory is full: run fewer jobs at once, with --cores"),
        (
            "UnicodeEncodeError('utf-8', '/lat\\udce9/x', 4, 5, 'surrogates not allowed')",
            1,
            "ERROR",
            r"/lat\udce9/x has bytes that are not UTF-8: rename the folder",
        ),
        ("Problem('a name with \\udce9')", 1, "ERROR", r"a name with \udce9"),
        ("OSError(122, 'Quota', '/a')", 4, "ERROR", "/a: Quota"),
        ("OSError(28, 'No space left', '/a', None, '/b')", 4, "ERROR", "/b: No space left"),
        ("OSError(13, 'Permission denied', '/a')", 1, "ERROR", "/a: Permission denied"),
        ("OSError('broken')", 1, "ERROR", "input/output: broken"),
    ],
)
def test_a_failure_is_one_line_and_a_file(
    tmp_path: Path, error: str, exit_code: int, level: str, reason: str | None
) -> None:
    reason = reason or error.split("'")[1]
    ended, log = run(f"raise {error}", tmp_path / "failure.json")
    assert ended == exit_code
    assert re.fullmatch(f"{TIME} {level} {re.escape(reason)}\n", log)
    written = json.loads((tmp_path / "failure.json").read_text())
    assert written == {"reason": reason, "fatal": exit_code == program.EXIT_FATAL}


def test_the_failure_of_an_earlier_try_is_removed_first(tmp_path: Path) -> None:
    failure = tmp_path / "failure.json"
    failure.write_text('{"reason": "an earlier one", "fatal": false}')
    assert run(f"assert not Path({str(failure)!r}).exists()", failure) == (0, "")


def test_a_failure_that_cannot_be_written_keeps_its_exit_code(tmp_path: Path) -> None:
    ended, log = run("raise Fatal('no key')", tmp_path / "absent/failure.json")
    assert ended == program.EXIT_FATAL
    assert log.endswith(" CRITICAL no key\n")


def test_a_bug_keeps_its_traceback(tmp_path: Path) -> None:
    ended, log = run("{}['absent']", tmp_path / "failure.json")
    assert ended == 1
    assert log.startswith("Traceback")
    assert not list(tmp_path.iterdir())


def test_an_interrupted_program_ends_without_a_traceback(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    process = start(f"Path({str(ready)!r}).touch(); time.sleep(60)", None)
    wait_until(ready.exists)
    process.send_signal(signal.SIGINT)
    _, log = process.communicate(timeout=60)
    assert (process.returncode, log) == (program.EXIT_INTERRUPTED, "")


def test_the_log_has_our_own_lines_and_the_warnings_of_others() -> None:
    body = """
logging.getLogger("subtasks").info("ours")
logging.getLogger("anthropic").info("a retry")
logging.getLogger("httpx").info("every request")
logging.getLogger("other").warning("a warning")
"""
    _, log = run(body)
    assert re.findall(f"{TIME} (.*)\n", log) == ["INFO ours", "INFO a retry", "WARNING a warning"]


@dataclass(frozen=True)
class Options:
    video: Path
    max_frames: int


def test_options_are_read_into_fields_of_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--video", type=Path)
    parser.add_argument("--max-frames", type=int)
    monkeypatch.setattr(sys, "argv", ["program", "--max-frames=3", "--video", "a.mp4"])
    assert program.read_options(parser, Options) == Options(Path("a.mp4"), 3)
