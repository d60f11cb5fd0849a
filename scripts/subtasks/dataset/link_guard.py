"""Refuses links that lead out of a dataset.

A dataset comes from somebody else, and a link in it could bring any file of this machine into a
result or to a model. Links that stay inside the dataset are allowed, and so are those of two
tools: a snapshot in Hugging Face's cache consists of links to the blobs of its repo, and the
`videos` of this workflow's results are a link to the source's.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from subtasks.errors import Problem


class LinkGuard:
    """Lists files of the dataset at `root`, and raises `Problem` for a link that leads out of it.

    With `follow`, they may lead anywhere. The file system is only asked about links: a folder of
    plain files costs one listing.
    """

    def __init__(self, root: Path, *, follow: bool = False) -> None:
        self._root = root
        self._follow = follow
        self._allowed = [str(folder) for folder in _allowed(Path(os.path.realpath(root)))]
        self._real_folders: dict[str, str] = {}

    def files(self, folder: str) -> frozenset[str]:
        """List the names of the files in a folder of the dataset; none if it cannot be listed."""
        path = self._root / folder
        real = os.path.realpath(path)
        if not self._allows(real):
            raise _outside(path, real)
        try:
            with os.scandir(real) as entries:
                return frozenset(e.name for e in entries if self._is_file(path, real, e))
        except OSError:
            return frozenset()

    def walk(self, folder: str) -> Iterator[Path]:
        """List all files below a folder of the dataset, as paths relative to the dataset.

        Also raises `Problem` for anything that is neither a file nor a folder.
        """
        for path in self._walk(self._root / folder):
            yield path.relative_to(self._root)

    def _walk(self, path: Path) -> Iterator[Path]:
        if not path.exists():
            raise Problem(f"{path} is a broken link: remove it from the dataset")
        if not self._allows(real := os.path.realpath(path)):
            raise _outside(path, real)
        if path.is_file():
            yield path
        elif path.is_dir() and (path == self._root / "videos" or not path.is_symlink()):
            for entry in sorted(path.iterdir()):
                yield from self._walk(entry)
        else:
            raise Problem(f"{path} is neither a file nor a folder: remove it from the dataset")

    def _is_file(self, folder: Path, real: str, entry: os.DirEntry[str]) -> bool:
        if not entry.is_symlink():
            return entry.is_file()
        link = str(Path(entry).readlink())
        parent, _, name = (link if link[0] == "/" else f"{real}/{link}").rpartition("/")
        # Cached, since many links may lead to one folder, as in Hugging Face's cache.
        if parent not in self._real_folders:
            self._real_folders[parent] = os.path.realpath(parent or os.sep)
        target = f"{self._real_folders[parent]}/{name}"
        try:
            is_plain = stat.S_ISREG(os.lstat(target).st_mode)
        except OSError:
            is_plain = False
        if not self._allows(target if is_plain else os.path.realpath(target)):
            raise _outside(folder / entry.name, os.path.realpath(target))
        return is_plain or Path(entry).is_file()

    def _allows(self, real: str) -> bool:
        return self._follow or any(
            real == root or real.startswith(root + os.sep) for root in self._allowed
        )


def _outside(path: Path, real: str) -> Problem:
    """Name the link: often a folder above the path, such as `videos` on another disk."""
    link = next((each for each in reversed([path, *path.parents]) if each.is_symlink()), path)
    advice = "replace it with a copy of its target"
    if "meta" not in path.parts:
        advice += ", or set follow_links: true for the dataset to read what it leads to"
    return Problem(f"{link} is a link out of the dataset, to {real}: {advice}")


def _allowed(root: Path) -> list[Path]:
    """Folders that links of the dataset may lead to, `root` included."""
    folders = [root, *_blobs(root)]
    videos = Path(os.path.realpath(root / "videos"))
    if videos.parent != root and videos.name == "videos":
        source = videos.parent
        if (source / "meta" / "info.json").is_file():
            folders += [videos, *_blobs(source)]
    return folders


def _blobs(root: Path) -> list[Path]:
    """Folder in which Hugging Face's cache keeps a snapshot's files, if `root` is a snapshot."""
    blobs = root.parent.parent / "blobs"
    is_snapshot = root.parent.name == "snapshots" and blobs.is_dir() and not blobs.is_symlink()
    return [blobs] if is_snapshot else []
