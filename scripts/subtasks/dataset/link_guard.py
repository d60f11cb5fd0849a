"""Where the files of a dataset may lie: in its folder, whatever links lead to them.

A dataset comes from somebody else, and a link in it could bring any file of this machine into
a result or before a model. Links that stay inside are fine. So are those of two tools: the
snapshots in Hugging Face's cache consist of links to the blobs of the same repo, and the
`videos` of a result of this workflow are a link to its source's.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from subtasks.errors import Problem


class LinkGuard:
    """The folders in which files of the dataset at `root` may lie.

    Asks the file system for nothing but links: plain files of a folder cost one listing.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._homes = [str(home) for home in _homes(Path(os.path.realpath(root)))]
        self._real: dict[str, str] = {}

    def files(self, folder: str) -> frozenset[str]:
        """List the files of a folder of the dataset by name; none where it cannot be listed.

        Raises `Problem` for a link that leads out of the dataset.
        """
        place = self._root / folder
        real = os.path.realpath(place)
        if not self._holds(real):
            raise _out(place)
        try:
            with os.scandir(real) as entries:
                return frozenset(e.name for e in entries if self._is_file(place, real, e))
        except OSError:
            return frozenset()

    def walk(self, folder: str) -> Iterator[Path]:
        """List the files in and below a folder of the dataset, relative to the dataset.

        Raises `Problem` for a link out of the dataset, and for what is neither file nor folder.
        """
        for path in self._walk(self._root / folder):
            yield path.relative_to(self._root)

    def _walk(self, path: Path) -> Iterator[Path]:
        if not path.exists():
            raise Problem(f"{path} is a link that leads nowhere: remove it from the dataset")
        if not self._holds(os.path.realpath(path)):
            raise _out(path)
        if path.is_file():
            yield path
        elif path.is_dir() and (path == self._root / "videos" or not path.is_symlink()):
            for entry in sorted(path.iterdir()):
                yield from self._walk(entry)
        else:
            raise Problem(f"{path} is neither a file nor a folder: remove it from the dataset")

    def _is_file(self, place: Path, real: str, entry: os.DirEntry[str]) -> bool:
        if not entry.is_symlink():
            return entry.is_file()
        link = str(Path(entry).readlink())
        folder, _, name = (link if link[0] == "/" else f"{real}/{link}").rpartition("/")
        # Many links lead to one folder, as in Hugging Face's cache.
        if folder not in self._real:
            self._real[folder] = os.path.realpath(folder or os.sep)
        target = f"{self._real[folder]}/{name}"
        try:
            plain = stat.S_ISREG(os.lstat(target).st_mode)
        except OSError:
            plain = False
        if not self._holds(target if plain else os.path.realpath(target)):
            raise _out(place / entry.name)
        return plain or Path(entry).is_file()

    def _holds(self, real: str) -> bool:
        return any(real == home or real.startswith(home + os.sep) for home in self._homes)


def _out(path: Path) -> Problem:
    return Problem(f"{path} is a link out of the dataset: put what it leads to in its place")


def _homes(root: Path) -> list[Path]:
    homes = [root, *_blobs(root)]
    videos = Path(os.path.realpath(root / "videos"))
    if videos.parent != root and videos.name == "videos":
        source = videos.parent
        if (source / "meta" / "info.json").is_file():
            homes += [videos, *_blobs(source)]
    return homes


def _blobs(root: Path) -> list[Path]:
    """Where Hugging Face's cache keeps the files of a snapshot, if `root` is one."""
    blobs = root.parent.parent / "blobs"
    is_snapshot = root.parent.name == "snapshots" and blobs.is_dir() and not blobs.is_symlink()
    return [blobs] if is_snapshot else []
