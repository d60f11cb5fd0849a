"""A result put into the place of its source, and taken back.

Every file is replaced by a rename, and what it replaces is kept (see `subtasks.backup`). The
order makes a kill harmless at any moment: first the record of what will be published, then a
copy of each new file on the same disk, then a second name for each old one, then the renames.
Whatever was done of it, publishing again finishes it and taking back undoes it.
"""

import contextlib
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from subtasks import files
from subtasks.dataset import originals
from subtasks.dataset.originals import Published
from subtasks.errors import Problem

MICROSECOND = 1000
MOST_MICROSECONDS = 999


@dataclass(frozen=True, slots=True)
class Change:
    """How many files were put into a dataset, and how many went back to what they were."""

    published: int
    taken_back: int


@dataclass(frozen=True, slots=True)
class _State:
    """A file of a dataset by its SHA-256: as it is, and as it was. None where there is none."""

    now: str | None
    before: str | None


def publish(root: Path, wanted: Mapping[str, Path]) -> Change:
    """Put the files that differ into the dataset at `root`; `wanted` gives them by path.

    A file that takes the place of another has its mode and, up to a thousandth of a second,
    its time. What was published before and is not wanted any more goes back to what it was.
    Raises `Problem`, and changes nothing, where a file was changed by somebody else since.
    """
    root = root.resolve()
    known = originals.read(root)
    states = _states(root, known, wanted)
    hashes = {path: files.sha256(file) for path, file in wanted.items()}
    differing = [path for path in wanted if hashes[path] != states[path].before]
    new = [path for path in differing if hashes[path] != states[path].now]
    gone = sorted(known.keys() - set(differing))
    if not new and not gone:
        return Change(0, 0)
    record = dict(known)
    for path in new:
        written = known[path].written if path in known else []
        record[path] = Published(states[path].before is not None, [*written, hashes[path]])
    originals.write(root, record)
    _replace(root, {path: wanted[path] for path in new}, record)
    _take_back(root, known, gone)
    done = {path: Published(record[path].replaced, [hashes[path]]) for path in differing}
    originals.write(root, done)
    return Change(len(new), len(gone))


def unpublish(root: Path) -> Change:
    """Make every file of the dataset at `root` what it was before anything was published."""
    root = root.resolve()
    known = originals.read(root)
    _states(root, known, ())
    _take_back(root, known, known)
    originals.clear(root)
    return Change(0, len(known))


# What is there ----------------------------------------------------------------------------


def _states(root: Path, known: Mapping[str, Published], wanted: Iterable[str]) -> dict[str, _State]:
    """Look at files that were published or will be; refuse links and others' changes."""
    paths = dict.fromkeys([*known, *wanted])
    for folder in {place.parent for path in paths for place in _places(root, path)}:
        if folder.resolve() != folder:
            raise _link(folder)
    states = {}
    for path in paths:
        states[path] = _state(root, path, known.get(path))
        if path in known:
            _check(root, path, known[path], states[path])
    return states


def _check(root: Path, path: str, known: Published, state: _State) -> None:
    if state.now not in (None, state.before, *known.written):
        raise Problem(
            f"{root / path} has been changed since it was published: move it away, or to keep "
            f"the dataset as it is move {root / originals.FOLDER} away"
        )
    if known.replaced and state.before in (None, *known.written):
        raise Problem(
            f"{originals.kept(root, path)} is missing, which {path} was before: restore it, or to "
            f"keep the dataset as it is move {root / originals.FOLDER} away"
        )


def _state(root: Path, path: str, known: Published | None) -> _State:
    place, kept = _places(root, path)
    for each in (place, kept):
        if os.path.lexists(each) and (each.is_symlink() or not each.is_file()):
            raise _link(each)
    now = files.sha256(place) if place.exists() else None
    if kept.exists():
        return _State(now, now if now and kept.samefile(place) else files.sha256(kept))
    return _State(now, None if known and not known.replaced else now)


def _places(root: Path, path: str) -> tuple[Path, Path]:
    """Where a file lies, and where it is kept when another takes its place."""
    return root / path, originals.kept(root, path)


def _link(path: Path) -> Problem:
    return Problem(
        f"{path} is a link or no file: publish into a dataset of plain files, such as a copy made "
        "with cp -rL"
    )


# What is done ------------------------------------------------------------------------------


def _replace(root: Path, new: Mapping[str, Path], record: Mapping[str, Published]) -> None:
    staged = root / originals.FOLDER / originals.STAGED
    shutil.rmtree(staged, ignore_errors=True)
    for path, file in new.items():
        (staged / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, staged / path)
    for path in new:
        if record[path].replaced:
            place, kept = _places(root, path)
            if not kept.exists():
                _keep(place, kept, half=staged / f"{path}.before")
            _look_like(kept, staged / path, record[path].written[-1])
    for path in new:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (staged / path).replace(root / path)
    shutil.rmtree(staged)


def _keep(place: Path, kept: Path, half: Path) -> None:
    """Give a file a second name, or a copy where the disk knows no second names."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    try:
        kept.hardlink_to(place)
    except OSError:
        shutil.copy2(place, half)
        half.replace(kept)


def _look_like(before: Path, file: Path, sha256: str) -> None:
    """Give a new file the mode and the time of the one before it.

    So nothing that was made from that is made again. But `datasets` knows files it has cached
    by path and time alone, and would go on to show the columns of before: the time is later by
    microseconds that depend on the content.
    """
    shutil.copymode(before, file)
    times = before.stat()
    later = (1 + int(sha256, 16) % MOST_MICROSECONDS) * MICROSECOND
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns + later))


def _take_back(root: Path, known: Mapping[str, Published], paths: Iterable[str]) -> None:
    for path in paths:
        place, kept = _places(root, path)
        if not known[path].replaced:
            place.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # other files are in it
                place.parent.rmdir()
        elif kept.exists():
            # Of two names of one file, a rename leaves both.
            if place.exists() and place.samefile(kept):
                kept.unlink()
            else:
                kept.replace(place)
