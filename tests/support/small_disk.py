"""A small disk of its own, mounted where a test wants it."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

PAGE = 4096


@contextlib.contextmanager
def mounted(folder: Path, kilobytes: int, files: int = 0) -> Iterator[Path]:
    """Mount a disk at a folder, which is made; `files` is how many it can hold, 0 for no limit.

    A test is skipped where that is not allowed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={kilobytes}k" + (f",nr_inodes={files}" if files else "")
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        pytest.skip(f"no small disk can be mounted here: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def filled(disk: Path) -> Path:
    """Fill a disk, with room for no more than a name."""
    with (disk / "filling").open("wb", 0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * PAGE):
            pass
    return disk
