"""Archives of sampled frames: the JPEGs exactly as they will be sent, and a manifest.

An archive is a zip file of uncompressed members, written image by image, with `manifest.json`
last. Dates and attributes are fixed, so the same input gives the same bytes.
"""

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from subtasks.errors import Problem
from subtasks.frames.manifest import Image, Manifest

MANIFEST = "manifest.json"
# The earliest date of a zip file, the code of Unix, and a member's permissions: without them,
# archives would depend on the time and the machine.
_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_MODE = 0o644 << 16


class Writer:
    """Writes one archive, image by image; used as a context manager.

    `size` is the number of bytes of the members written so far.
    """

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_STORED)
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def image(self, image: Image, jpeg: bytes) -> None:
        """Append `jpeg` under `image.name`."""
        self._member(image.name, jpeg)

    def manifest(self, manifest: Manifest) -> None:
        """Append the manifest, after all images."""
        text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1, allow_nan=False)
        self._member(MANIFEST, (text + "\n").encode())

    def _member(self, name: str, data: bytes) -> None:
        info = zipfile.ZipInfo(name, _DATE)
        info.create_system = _UNIX
        info.external_attr = _MODE
        self._zip.writestr(info, data)
        self.size += len(data)


def read_manifest(path: Path) -> Manifest:
    """Read the manifest of the archive at `path`. Raises `Problem` for a damaged archive."""
    with _opened(path) as archive:
        return _manifest(archive)


def read_images(path: Path) -> Iterator[tuple[Image, bytes]]:
    """Yield the images of the archive at `path` with their JPEGs, in order.

    Raises `Problem` for a damaged archive.
    """
    with _opened(path) as archive:
        for image in _manifest(archive).images:
            yield image, archive.read(image.name)


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        raise Problem(
            f"{path} is not a complete archive of frames ({error}): delete it and run again"
        ) from error


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    fields = json.loads(archive.read(MANIFEST))
    images = tuple(
        Image(**{**image, "times": tuple(image["times"])}) for image in fields.pop("images")
    )
    # Archives of earlier versions have no remarks.
    remarks = tuple(fields.pop("remarks", ()))
    return Manifest(**fields, images=images, remarks=remarks)
