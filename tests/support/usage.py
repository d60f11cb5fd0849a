"""Measures processes: wall time, processor time and peak memory."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
SOURCES = {"PYTHONPATH": f"{PROJECT / 'tests'}{os.pathsep}{PROJECT / 'scripts'}"}


@dataclass(frozen=True, slots=True)
class Usage:
    """Seconds taken by a command and all that it started, and MB of the largest process."""

    wall: float
    cpu: float
    memory: float
    printed: str


def of(command: Sequence[object], **options: Any) -> Usage:
    """Run a command to its end; if it fails, exit with what it printed.

    `options` go to `subprocess.Popen`. A process inherits the peak memory of the one that starts
    it, so a program that measures memory must stay small itself.
    """
    with tempfile.TemporaryFile("w+") as printed:
        start = time.monotonic()
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            **options,
        )
        _, status, spent = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        text = printed.read()
    if process.returncode:
        sys.exit(f"{text}\nfailed: {command}")
    return Usage(wall, spent.ru_utime + spent.ru_stime, spent.ru_maxrss / 1024, text)


def python(code: str, *arguments: object) -> Usage:
    """Run Python code that can import the library and the modules under tests/."""
    return of([sys.executable, "-c", code, *arguments], env=os.environ | SOURCES)


def show(what: str, found: str, goal: str) -> None:
    """Print one line: what was measured, the result and the goal."""
    print(f"  {what:46s} {found:46s} goal: {goal}", flush=True)
