"""The metadata of a result: the source's, with the outputs added to `meta/info.json`."""

import json
import logging
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from subtasks import files
from subtasks.dataset import info, originals
from subtasks.dataset.link_guard import LinkGuard
from subtasks.errors import DiskFull, Problem
from subtasks.outputs.output import Output

INFO = Path("meta/info.json")
ANNOTATION = Path("meta/annotation.json")

log = logging.getLogger("subtasks")


def read_info(root: Path) -> dict[str, Any]:
    """Read all of `meta/info.json`. Raises `Problem` if it is not that of a LeRobot dataset."""
    try:
        return info.read(root).content
    except Problem as problem:
        raise Problem(f"{root}: {problem}") from None


def with_outputs(content: dict[str, Any], outputs: Iterable[Output]) -> dict[str, Any]:
    """Return the info with what the outputs add; all other keys keep their values and order."""
    added = dict(content)
    added["features"] = dict(content["features"])
    for output in outputs:
        if output.feature is not None:
            added["features"][output.name] = dict(output.feature)
        added.update(output.info)
    return added


def write_info(root: Path, content: dict[str, Any]) -> None:
    """Write `meta/info.json` as LeRobot does, whole or not at all."""
    files.write_text(root / INFO, json.dumps(content, ensure_ascii=False, indent=4) + "\n")


def paths(root: Path) -> list[Path]:
    """List the files of `meta/`, relative to the dataset, without those published into it.

    Raises `Problem` if one is not a regular file or is a link out of the dataset.
    """
    if not (root / "meta").is_dir():
        raise Problem(f"{root} is not a LeRobot dataset: it has no folder meta")
    added = originals.added(root)
    return sorted(path for path in LinkGuard(root).walk("meta") if path.as_posix() not in added)


def copy(source: Path, result: Path, paths: Iterable[Path]) -> None:
    """Copy files from one dataset to another, each whole and under the same path.

    Raises `Problem` for a Git LFS pointer: the result would be a dataset that nobody can read.
    """
    for path in paths:
        original = originals.original(source, path)
        files.refuse_lfs_pointer(original)
        with files.replacing(result / path) as temporary:
            shutil.copyfile(original, temporary)


def remove_tables(source: Path, result: Path, outputs: Iterable[Output]) -> None:
    """Remove the tables of outputs that are not chosen, unless the source has them."""
    own = paths(source)
    for output in outputs:
        if output.table is not None and Path(output.table) not in own:
            (result / output.table).unlink(missing_ok=True)


def link_videos(source: Path, result: Path) -> None:
    """Link the result's `videos` to the source's, if it has any.

    The source's may be a link itself, also one to a disk that is not there at the moment. Raises
    `Problem` if the result has a folder or file `videos` that is not a link, or cannot have links.
    """
    target, link = source.absolute() / "videos", result / "videos"
    if link.exists() and not link.is_symlink():
        raise Problem(f"{link} must be a link to the source's videos: move it away")
    if not target.is_dir() and not target.is_symlink():
        link.unlink(missing_ok=True)
        return
    if not target.exists():
        log.warning("%s leads to %s, which is not there", target, os.path.realpath(target))
    if link.is_symlink() and link.readlink() == target:
        return
    new = result / ".videos.tmp"
    try:
        result.mkdir(parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        new.symlink_to(target, target_is_directory=True)
        new.replace(link)
    except OSError as error:
        if error.errno in files.DISK_FULL:
            raise DiskFull(f"the disk of {link} is full: free some space and run again") from error
        raise Problem(
            f"{link} cannot be a link to the source's videos ({error.strerror}): put the results "
            "on a disk that can hold links, with results: in the config"
        ) from error
