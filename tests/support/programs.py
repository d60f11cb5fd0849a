"""Runs the programs of the rules as the rules do."""

import re
import subprocess
import sys

from support.workflow import PROJECT


def run(name: str, *arguments: object) -> str:
    """Run a program that must succeed; return its log."""
    finished = _run(name, arguments)
    assert finished.returncode == 0, finished.stderr
    return finished.stderr


def fails(name: str, *arguments: object) -> str:
    """Run a program that must refuse; return the one sentence it ends with."""
    finished = _run(name, arguments)
    assert finished.returncode == 1, finished.stderr
    *before, last = finished.stderr.splitlines()
    assert all(" WARNING " in line or " INFO " in line for line in before), finished.stderr
    return re.split(" (?:ERROR|CRITICAL) ", last, maxsplit=1)[1]


def _run(name: str, arguments: tuple[object, ...]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, PROJECT / "scripts" / name, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
