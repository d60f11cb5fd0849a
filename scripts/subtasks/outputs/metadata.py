"""The metadata of a result: the source's, with the outputs added to `meta/info.json`."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from subtasks import files
from subtasks.dataset import info, originals
from subtasks.dataset.link_guard import LinkGuard
from subtasks.errors import Problem
from subtasks.outputs.output import Output

INFO = Path("meta/info.json")
ANNOTATION = Path("meta/annotation.json")


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
    """Copy files from one dataset to another, each whole and under the same path."""
    for path in paths:
        with files.replacing(result / path) as temporary:
            shutil.copyfile(originals.original(source, path), temporary)


def remove_tables(source: Path, result: Path, outputs: Iterable[Output]) -> None:
    """Remove the tables of outputs that are not chosen, unless the source has them."""
    own = paths(source)
    for output in outputs:
        if output.table is not None and Path(output.table) not in own:
            (result / output.table).unlink(missing_ok=True)


def link_videos(source: Path, result: Path) -> None:
    """Link the result's `videos` to the source's, if it has any.

    Raises `Problem` if the result has a folder or file `videos` that is not a link.
    """
    target, link = source.absolute() / "videos", result / "videos"
    if link.exists() and not link.is_symlink():
        raise Problem(f"{link} must be a link to the source's videos: move it away")
    if not target.is_dir():
        link.unlink(missing_ok=True)
    elif not link.is_symlink() or link.readlink() != target:
        new = result / ".videos.tmp"
        new.unlink(missing_ok=True)
        new.symlink_to(target, target_is_directory=True)
        new.replace(link)
