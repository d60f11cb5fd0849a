"""The places that the config names, apart from one another.

`work` may be deleted at any time and `results` is made anew, so nothing that cannot be computed
again may lie inside them, and nothing at all inside a source dataset.
"""

import errno
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from subtasks.errors import Problem
from subtasks.wording import shorten_text
from subtasks.workflow.config import Config
from subtasks.workflow.written_paths import FOLDERS

MAX_NAME = 255
"""Bytes of a file's name on nearly every file system."""

IN_WORK = "work may be deleted at any time"
IN_RESULTS = "results holds annotated datasets alone"

# What must not lie inside what.
_APART = [
    ("results", "work", IN_WORK),
    ("replies", "work", IN_WORK),
    ("corrections", "work", IN_WORK),
    ("vocabularies", "work", IN_WORK),
    ("replies", "results", IN_RESULTS),
    ("evaluations", "results", IN_RESULTS),
]
IN_STORAGE = ("results", "work")

Mark = str | tuple[int, int]
"""What tells a folder from others: its real path, and its device and number."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with its links followed: its own marks, and those of all folders it is in too.

    The numbers find a folder under another spelling of its name, or mounted a second time.
    """

    own: frozenset[Mark]
    on_the_way: frozenset[Mark]

    @classmethod
    def of(cls, path: str | Path) -> Self:
        """Look where a path leads, whether it exists or not."""
        real = Path(os.path.realpath(path))
        own = frozenset(_marks(real))
        return cls(own, own.union(*map(_marks, real.parents)))

    def is_inside(self, other: Self) -> bool:
        """Say whether this is the other folder or lies in it, under whatever name."""
        return not other.own.isdisjoint(self.on_the_way)


def _marks(path: Path) -> list[Mark]:
    try:
        status = path.stat()
    except OSError:
        return [str(path)]
    # Some file systems number nothing.
    return [str(path), (status.st_dev, status.st_ino)] if status.st_ino else [str(path)]


def check(config: Config, *, in_storage: bool) -> None:
    """Raise `Problem` for places that destroy one another, or that cannot be folders.

    `in_storage` says that `work` and `results` are in object storage. What lies where is compared
    all the same, because their names are the same there.
    """
    places = {key: Place.of(getattr(config, key)) for key in FOLDERS}
    for inner, outer, reason in _APART:
        if places[inner].is_inside(places[outer]):
            raise Problem(_inside(inner, outer, reason, config))
    for key in ("replies", "results"):
        if places[key].own & places["corrections"].own:
            raise Problem(
                f"config: {key} and corrections are both {getattr(config, key)}: set one of them "
                "to another folder"
            )
    read = {"corrections"} if config.labels.unify else {"corrections", "vocabularies"}
    for key in FOLDERS:
        if not (in_storage and key in IN_STORAGE):
            _check_folder(key, Path(getattr(config, key)), written=key not in read)


def _inside(inner: str, outer: str, reason: str, config: Config) -> str:
    path, other = getattr(config, inner), getattr(config, outer)
    if Place.of(path).own & Place.of(other).own:
        where = f"the same folder as {outer}"
    else:
        where = f"inside {outer}, which is {_shown(other)}"
    return (
        f"config: {inner} is {_shown(path)}, {where}; {reason}: set {inner} to a folder of its own"
    )


def check_sources(roots: Mapping[str, Path], config: Config, *, in_storage: bool = False) -> None:
    """Raise `Problem` where the run would write into a source dataset, or over one.

    `roots` are the folders of the datasets on this machine by name. A dataset may lie in `results`
    as long as none of this run's is written there: it can be the result of an earlier run.
    """
    sources = {name: Place.of(root) for name, root in roots.items()}
    # Sets, since a mixture may have thousands.
    by_own = {mark: name for name, source in sources.items() for mark in source.own}
    by_way = {mark: name for name, source in sources.items() for mark in source.on_the_way}
    for key in FOLDERS:
        if in_storage and key in IN_STORAGE:
            continue
        folder = getattr(config, key)
        if name := _first(by_own, Place.of(folder).on_the_way):
            raise Problem(
                f"config: {key} is {_shown(folder)}, inside the dataset {_shown(roots[name])}, "
                f"which is only read: set {key} to a folder outside it"
            )
    if name := _first(by_way, Place.of(config.work).own):
        raise Problem(
            f"config: the dataset {_shown(roots[name])} is inside work, which is "
            f"{_shown(config.work)}; {IN_WORK}: set work to another folder"
        )
    for key in () if in_storage else IN_STORAGE:
        for name, root in roots.items():
            folder = Path(getattr(config, key), name)
            written = Place.of(folder)
            over = _first(by_way, written.own) or _first(by_own, written.on_the_way)
            if over:
                raise Problem(
                    f"config: the {key} of {_shown(root)} would be written to {_shown(folder)}, "
                    f"over the dataset {_shown(roots[over])}: give it another name: or set "
                    f"another {key}:"
                )
            _check_folder(key, folder, written=True)


def check_results(names: Iterable[str], config: Config) -> None:
    """Raise `Problem` where the result of a dataset, by its name, would hold other folders."""
    by_own = {mark: name for name in names for mark in Place.of(Path(config.results, name)).own}
    for key in ("work", "corrections", "vocabularies", "reviews"):
        folder = getattr(config, key)
        if name := _first(by_own, Place.of(folder).on_the_way):
            raise Problem(
                f"config: {key} is {_shown(folder)}, inside the result of {name}; {IN_RESULTS}: "
                f"set {key} to a folder of its own"
            )


def _first(names: Mapping[Mark, str], marks: frozenset[Mark]) -> str | None:
    return next((names[mark] for mark in marks if mark in names), None)


def _check_folder(key: str, path: Path, *, written: bool) -> None:
    """Raise `Problem` where there cannot be a folder at `path`."""
    where = f"config: {key} is {_shown(path)}"
    if any(len(os.fsencode(name)) > MAX_NAME for name in path.parts):
        raise Problem(f"{where}, which cannot be used: {os.strerror(errno.ENAMETOOLONG)}")
    for folder in (path, *Path(os.path.abspath(path)).parents):  # noqa: PTH100, links stay
        which = where if folder == path else f"{where}, but {_shown(folder)}"
        try:
            exists = folder.is_dir()
            if not exists and os.path.lexists(folder):
                kind = "a file" if folder.exists() else "a link that leads nowhere"
                verb = ", which is" if folder == path else " is"
                raise Problem(f"{which}{verb} {kind}: name a folder")
        except OSError as error:
            raise Problem(f"{where}, which cannot be used: {error.strerror or error}") from None
        if exists:
            if written and not os.access(folder, os.W_OK | os.X_OK):
                raise Problem(
                    f"{where}, and nothing may be written into {_shown(folder)}: set {key} to "
                    "another folder, or change who may write there"
                )
            return


def _shown(path: str | Path) -> str:
    return shorten_text(str(path), 100)
