"""What a process takes: time on the wall, processor time, and the most memory it held."""

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
    """Seconds, and MB of the largest process, of a command and all it started."""

    wall: float
    cpu: float
    memory: float
    printed: str


def of(command: Sequence[object], **options: Any) -> Usage:
    """Run a command to its end; a failure ends this program with what the command printed.

    `options` go to `subprocess.Popen`. A process inherits the size of the one that starts it,
    so whoever measures memory has to stay small itself.
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
    """Run Python code, for which the tests' modules and the library can be imported."""
    return of([sys.executable, "-c", code, *arguments], env=os.environ | SOURCES)


def show(what: str, found: str, goal: str) -> None:
    """Print a line: what was measured, what was found, what is wanted."""
    print(f"  {what:46s} {found:46s} goal: {goal}", flush=True)
