"""A result published into its source dataset, and taken back.

Every file is replaced by a rename, and the file it replaces is kept (see `dataset.originals`).
The order of steps makes a kill harmless at any moment: first the record of what will be
published, then a copy of each new file on the same disk, then a second name for each old file,
then the renames. Whatever was done, publishing again completes it and unpublishing reverts it.
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
MAX_MICROSECONDS = 999


@dataclass(frozen=True, slots=True)
class Change:
    """How many files were published into a dataset, and how many were restored."""

    published: int
    restored: int


@dataclass(frozen=True, slots=True)
class _State:
    """The SHA-256 of a dataset's file now and before it was replaced; None if there is none."""

    now: str | None
    before: str | None


def publish(root: Path, wanted: Mapping[str, Path]) -> Change:
    """Publish the files that differ into the dataset at `root`; `wanted` gives them by path.

    A file that replaces another gets its mode and, up to a thousandth of a second, its time.
    Files that were published before and are no longer wanted are restored. Raises `Problem`, and
    changes nothing, if somebody else has changed a published file since.
    """
    root = root.resolve()
    earlier = originals.read(root)
    states = _states(root, earlier, wanted)
    hashes = {path: files.sha256(file) for path, file in wanted.items()}
    differing = [path for path in wanted if hashes[path] != states[path].before]
    new = [path for path in differing if hashes[path] != states[path].now]
    unwanted = sorted(earlier.keys() - set(differing))
    if not new and not unwanted:
        return Change(0, 0)
    record = dict(earlier)
    for path in new:
        written = earlier[path].written if path in earlier else []
        record[path] = Published(states[path].before is not None, [*written, hashes[path]])
    originals.write(root, record)
    _replace(root, {path: wanted[path] for path in new}, record)
    _restore(root, earlier, unwanted)
    final = {path: Published(record[path].replaced, [hashes[path]]) for path in differing}
    originals.write(root, final)
    return Change(len(new), len(unwanted))


def unpublish(root: Path) -> Change:
    """Restore every file of the dataset at `root` to what it was before the first `publish`."""
    root = root.resolve()
    earlier = originals.read(root)
    _states(root, earlier, ())
    _restore(root, earlier, earlier)
    originals.clear(root)
    return Change(0, len(earlier))


# Looking at the dataset -------------------------------------------------------------------------


def _states(
    root: Path, earlier: Mapping[str, Published], wanted: Iterable[str]
) -> dict[str, _State]:
    """Hash all files that were or will be published; refuse links and changes by others."""
    paths = dict.fromkeys([*earlier, *wanted])
    for folder in {file.parent for path in paths for file in _files(root, path)}:
        if folder.resolve() != folder:
            raise _not_plain(folder)
    states = {}
    for path in paths:
        states[path] = _state(root, path, earlier.get(path))
        if path in earlier:
            _check(root, path, earlier[path], states[path])
    return states


def _check(root: Path, path: str, published: Published, state: _State) -> None:
    if state.now not in (None, state.before, *published.written):
        raise Problem(
            f"{root / path} has been changed since it was published: move it away, or move "
            f"{root / originals.FOLDER} away to keep the dataset as it is"
        )
    if published.replaced and state.before in (None, *published.written):
        raise Problem(
            f"{originals.kept(root, path)} is missing, which is the original of {path}: restore "
            f"it, or move {root / originals.FOLDER} away to keep the dataset as it is"
        )


def _state(root: Path, path: str, published: Published | None) -> _State:
    file, kept = _files(root, path)
    for each in (file, kept):
        if os.path.lexists(each) and (each.is_symlink() or not each.is_file()):
            raise _not_plain(each)
    now = files.sha256(file) if file.exists() else None
    if kept.exists():
        return _State(now, now if now and kept.samefile(file) else files.sha256(kept))
    return _State(now, None if published and not published.replaced else now)


def _files(root: Path, path: str) -> tuple[Path, Path]:
    """Return where a file of the dataset is, and where its original is kept."""
    return root / path, originals.kept(root, path)


def _not_plain(path: Path) -> Problem:
    return Problem(
        f"{path} is a link or not a regular file: publish into a dataset of plain files, such as a "
        "copy made with cp -rL"
    )


# Changing it ------------------------------------------------------------------------------------


def _replace(root: Path, new: Mapping[str, Path], record: Mapping[str, Published]) -> None:
    staged = root / originals.FOLDER / originals.STAGED
    shutil.rmtree(staged, ignore_errors=True)
    for path, file in new.items():
        (staged / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, staged / path)
    for path in new:
        if record[path].replaced:
            file, kept = _files(root, path)
            if not kept.exists():
                _keep(file, kept, temporary=staged / f"{path}.before")
            _copy_mode_and_time(kept, staged / path, record[path].written[-1])
    for path in new:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (staged / path).replace(root / path)
    shutil.rmtree(staged)


def _keep(file: Path, kept: Path, temporary: Path) -> None:
    """Give a file a second name, or make a copy if the file system has no hard links."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    try:
        kept.hardlink_to(file)
    except OSError:
        shutil.copy2(file, temporary)
        temporary.replace(kept)


def _copy_mode_and_time(before: Path, file: Path, sha256: str) -> None:
    """Give a new file the mode of the one it replaces, and almost the time.

    With the same time, nothing that was made from the old file is made again. But the `datasets`
    library caches files by path and time alone, and would go on showing the old columns: so the
    time is later by some microseconds, which depend on the content.
    """
    shutil.copymode(before, file)
    times = before.stat()
    later = (1 + int(sha256, 16) % MAX_MICROSECONDS) * MICROSECOND
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns + later))


def _restore(root: Path, published: Mapping[str, Published], paths: Iterable[str]) -> None:
    for path in paths:
        file, kept = _files(root, path)
        if not published[path].replaced:
            file.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # The folder has other files.
                file.parent.rmdir()
        elif kept.exists():
            # Renaming one name of a file to another of its names removes neither.
            if file.exists() and file.samefile(kept):
                kept.unlink()
            else:
                kept.replace(file)
