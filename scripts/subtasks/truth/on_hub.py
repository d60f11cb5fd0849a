"""True labels on the Hub: the labels of a dataset, or a table in a repository of datasets."""

import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from subtasks.errors import Problem
from subtasks.sources import hub, hub_columns
from subtasks.truth import lerobot, table
from subtasks.truth.written import WrittenTruth
from subtasks.wording import shorten_text

HUB = "hf://datasets/"
"""How an address on the Hub begins, as huggingface_hub writes it."""

_ADDRESS = re.compile(
    re.escape(HUB)
    + r"(?P<repo>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)"
    + r"(?:@(?P<revision>[\w.%-]+))?(?:/(?P<path>.+))?"
)


@dataclass(frozen=True, slots=True)
class Address:
    """A repository, its branch, tag or commit, and a file in it if one is named."""

    repo_id: str
    revision: str
    path: str | None


def parse(place: str) -> Address:
    """Read an address. Raises `Problem` for one that is none."""
    match = _ADDRESS.fullmatch(place.rstrip("/"))
    if not match:
        raise Problem(
            f"{shorten_text(place)} is no address of true labels: write {HUB}owner/name, with "
            "@revision behind it or the path of a table"
        )
    path = match["path"]
    if path is not None and Path(path).suffix.lower() not in table.SUFFIXES:
        raise Problem(
            f"{shorten_text(place)} names a file that is no table: a dataset is {HUB}owner/name, "
            f"and a table ends with {' or '.join(table.SUFFIXES)}"
        )
    # As in an address, where a slash would begin a path: refs%2Fpr%2F1
    revision = (match["revision"] or hub.DEFAULT_REVISION).replace("%2F", "/")
    return Address(match["repo"], revision, path)


def read(place: str, fps: float) -> WrittenTruth:
    """Read true labels; times in frames of a table are `fps` a second.

    Raises `Problem` if they cannot be fetched or read.
    """
    address = parse(place)
    with tempfile.TemporaryDirectory() as folder:
        if address.path is not None:
            return _table(address, address.path, place, fps, Path(folder))
        remote = hub.ensure_snapshot(Path(folder), address.repo_id, address.revision)
        origin = f"{place} at {hub.read_source(Path(folder)).commit}"
        return lerobot.read(Path(folder), origin, _bring(Path(folder)), remote)


def _table(address: Address, path: str, place: str, fps: float, folder: Path) -> WrittenTruth:
    source = hub.pinned(address.repo_id, address.revision)
    listing = source.listing()
    if path not in listing:
        raise Problem(f"{source.name} has no file {path}: see evaluate.truth")
    source.download(path, listing[path].content, folder)
    return table.read(folder / path, f"{place} at {source.commit}", fps)


def _bring(folder: Path) -> Callable[[str, Sequence[str]], Path]:
    """Return what fetches columns of a data file, one file at a time."""

    def bring(path: str, columns: Sequence[str]) -> Path:
        output = folder / "columns.parquet"
        hub_columns.fetch(folder, path, columns, output)
        return output

    return bring
