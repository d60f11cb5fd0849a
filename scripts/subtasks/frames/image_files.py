"""Image files beside the rows that name them, as LeRobot leaves them before it encodes a video."""

import os
import stat
from pathlib import Path, PurePosixPath

from subtasks.frames.images import MAX_BYTES, NoImage
from subtasks.wording import shorten

FOLDER = "images"
MAX_PATH_LENGTH = 1024
EPISODE_FOLDERS = ("episode_{:06d}", "episode-{:06d}")


class ImageFiles:
    """The image files of a camera and an episode in the dataset at `root`; None if it has none.

    Rows name them by their path in the dataset, by that on the machine that recorded them, or by
    their name alone.
    """

    def __init__(self, root: Path | None, camera: str, episode: int) -> None:
        self._root = None if root is None else Path(os.path.realpath(root))
        self._folders = [
            PurePosixPath(FOLDER, camera, folder.format(episode)) for folder in EPISODE_FOLDERS
        ]

    def read(self, name: str) -> bytes:
        """Read the file of this name. Raises `NoImage` if it is not in the dataset."""
        if self._root is None:
            raise NoImage(f"only its path {shorten(name)} is stored")
        if not name or len(name) > MAX_PATH_LENGTH or "\0" in name:
            raise NoImage(f"its path is {shorten(name)}")
        for path in self._candidates(self._root, name):
            # Whatever leads out of the dataset could be any file of this machine.
            if Path(os.path.realpath(path)) != path:
                if path.exists():
                    raise NoImage(f"its file {shorten(name)} is a link")
                continue
            if (data := _read(path)) is not None:
                return data
        raise NoImage(f"its file {shorten(name)} is not in the dataset")

    def _candidates(self, root: Path, name: str) -> list[Path]:
        given = PurePosixPath(name.replace("\\", "/"))
        parts = given.parts
        inside = []
        if not given.is_absolute():
            inside.append(given)
        if FOLDER in parts:
            inside.append(PurePosixPath(*parts[parts.index(FOLDER) :]))
        inside += [folder / given.name for folder in self._folders]
        return [root / path for path in inside if ".." not in path.parts]


def _read(path: Path) -> bytes | None:
    """Read a plain file of bounded size; None if there is none."""
    try:
        known = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(known.st_mode):
        return None
    if known.st_size > MAX_BYTES:
        raise NoImage(f"its file has {known.st_size >> 20} MB")
    return path.read_bytes()
