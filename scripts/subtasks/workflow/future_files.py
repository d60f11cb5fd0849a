"""Source files that are dated in the future.

Snakemake fails a job whose output is older than one of its inputs, and what is dated in the future
is newer than all that can be made.
"""

import os
import shlex
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

MOST_NAMED = 5
WAITED_FOR = 60
"""Seconds: a clock of another machine that is ahead by less is waited for."""


def find(paths: Iterable[Path], now: float) -> dict[Path, float]:
    """Return the files that are newer than the time `now`, and their times, the newest first."""
    times: dict[Path, float] = {}
    for path in paths:
        try:
            # Snakemake compares the time of a link itself as well as that of its file.
            time_of = max(os.lstat(path).st_mtime, os.stat(path).st_mtime)  # noqa: PTH116
        except OSError:
            continue
        if time_of > now:
            times[path] = time_of
    return dict(sorted(times.items(), key=lambda each: -each[1]))


def explain(times: dict[Path, float]) -> str:
    """Say in one sentence that files are dated in the future, and what to do about it."""
    named = list(times)[:MOST_NAMED]
    first = named[0]
    date = _date(times[first])
    what = f"{first} is dated in the future ({date})"
    if len(times) > 1:
        what = f"{len(times):,} files are dated in the future, such as {first} ({date})"
    if len(times) <= MOST_NAMED:
        # -h: links have a time of their own.
        links = [path for path in named if path.is_symlink()]
        commands = [shlex.join(["touch", *map(str, named)])]
        commands += [shlex.join(["touch", "-h", *map(str, links)])] if links else []
        how = " && ".join(commands)
    else:
        folder = os.path.commonpath([path.parent for path in times])
        how = f"find {shlex.quote(folder)} -newermt now -exec touch -h {{}} + -exec touch {{}} +"
    return (
        f"{what}, and nothing that is made from it can be newer: check the clock, set the time of "
        f"the file with `{how}`, and run again"
    )


def longest_wait(times: dict[Path, float], now: float) -> float:
    """Return the seconds until all files are in the past, 0 if there are none."""
    return max(times.values(), default=now) - now


def _date(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds).isoformat(" ", "seconds")
    except (OverflowError, ValueError, OSError):
        return "after the year 9999"
