"""Which of the folders that a run writes to have no room left.

On a full disk a job can write neither its log nor the reason of its failure, so the run looks at
the disks itself.
"""

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from subtasks import files

MARGIN = 1 << 20
"""Bytes: with less than this free, a disk counts as full after a job has failed without a word."""

_PART = 20
"""Of a small disk, this part is the margin."""

_PROBE = bytes(1 << 12)


def find(folders: Mapping[str, Path], margin: int = MARGIN) -> list[str]:
    """Say of each disk that is full in one sentence that it is; `folders` are named by their keys.

    Of several folders on one disk, the first is named. Folders that do not exist yet are on the
    disk of the one they will be made in.
    """
    found: dict[int, str] = {}
    for key, folder in folders.items():
        there = _existing(folder)
        try:
            device = there.stat().st_dev
            if device not in found and (what := _lacks(there, margin)):
                found[device] = (
                    f"the disk of {folder} ({key}) is full ({what}): free some space and run again"
                )
        except OSError:
            continue
    return list(found.values())


def sentence(folders: Iterable[Path]) -> str:
    """Say that a disk is full, of which it cannot be seen any more which one."""
    listed = ", ".join(dict.fromkeys(map(str, folders)))
    return f"a disk was full, that of one of these folders: {listed}; free some space and run again"


def _existing(folder: Path) -> Path:
    folder = Path(os.path.realpath(folder))
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder


def _lacks(folder: Path, margin: int) -> str:
    """Say what a disk has too little of; "" if nothing."""
    disk = os.statvfs(folder)
    # Some file systems have no limit of files, and say so with 0.
    if disk.f_files and not disk.f_favail:
        return "it can hold no more files"
    free, total = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
    if total and free < min(margin, total / _PART):
        return f"{free / 1000:,.0f} kB free"
    return "" if _holds_a_file(folder) else "the quota is used up"


def _holds_a_file(folder: Path) -> bool:
    """Whether a small file can be written; only that shows a quota."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(_PROBE)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.errno not in files.DISK_FULL
    return True
