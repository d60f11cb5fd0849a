"""Runs programs under scripts/ as the rules do."""

import subprocess
import sys

from subtasks.program import EXIT_FATAL, EXIT_FULL, EXIT_PROBLEM
from support.workflow import PROJECT


def run(name: str, *arguments: object) -> str:
    """Run a program that must succeed; return its log."""
    finished = _run(name, arguments)
    assert finished.returncode == 0, finished.stderr
    return finished.stderr


def printed(name: str, *arguments: object) -> str:
    """Run a program that must succeed; return what it printed."""
    finished = _run(name, arguments)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def fails(name: str, *arguments: object, fatal: bool = False) -> str:
    """Run a program that must refuse; return the sentence it ends with.

    `fatal` expects a problem that every other job would meet as well.
    """
    finished = _run(name, arguments)
    codes = [EXIT_FATAL] if fatal else [EXIT_PROBLEM, EXIT_FULL]
    assert finished.returncode in codes, finished.stderr
    *before, last = finished.stderr.splitlines()
    assert all(" WARNING " in line or " INFO " in line for line in before), finished.stderr
    return last.split(" CRITICAL " if fatal else " ERROR ", maxsplit=1)[1]


def _run(name: str, arguments: tuple[object, ...]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, PROJECT / "scripts" / name, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
