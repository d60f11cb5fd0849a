"""Archives of sampled frames: the JPEGs exactly as they will be sent, and a manifest.

An archive is a zip file of uncompressed members, written image by image, with `manifest.json`
last. Dates and attributes are fixed, so the same input gives the same bytes. What is read is
bounded by that: whatever else a file claims, it is not an archive of ours.
"""

import errno
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from subtasks.errors import Problem
from subtasks.frames import manifest_checks
from subtasks.frames.manifest import Image, Manifest
from subtasks.wording import first_line, shorten

MANIFEST = "manifest.json"

MAX_MANIFEST_BYTES = 32 << 20
"""A manifest with the times of a million samples is half as large."""

BYTES_PER_PIXEL = 4
"""A JPEG takes at most this, and `JPEG_HEADER` bytes: noise in the best quality takes half."""

JPEG_HEADER = 1 << 16
"""Bytes."""

# The earliest date of a zip file, the code of Unix, and a member's permissions: without them,
# archives would depend on the time and the machine.
_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_MODE = 0o644 << 16
_ENCRYPTED = 0x1

# What Python's zipfile and json raise for damaged files. RuntimeError is that of encrypted members
# and, as RecursionError, of deep nesting; NotImplementedError, which is one as well, that of
# features it does not know.
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, MemoryError),
    *(LookupError, TypeError, ValueError, OverflowError),
)


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
    with _reading(path), zipfile.ZipFile(path) as archive:
        return _manifest(archive, _members(archive, path.stat().st_size))


def read_images(path: Path) -> Iterator[tuple[Image, bytes]]:
    """Yield the images of the archive at `path` with their JPEGs, in order.

    Raises `Problem` for a damaged archive.
    """
    with _reading(path):
        archive = zipfile.ZipFile(path)
    with archive:
        with _reading(path):
            members = _members(archive, path.stat().st_size)
            images = _manifest(archive, members).images
        for image in images:
            with _reading(path):
                jpeg = archive.read(members[image.name])
            yield image, jpeg


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Make a `Problem` of what goes wrong in reading the archive at `path`."""
    try:
        yield
    except OSError as error:
        # A position that a damaged file gives, and not a fault of the disk.
        if error.errno != errno.EINVAL:
            raise
        raise _problem(path, error) from error
    except _DAMAGE as error:
        raise _problem(path, error) from error


def _problem(path: Path, error: Exception) -> Problem:
    return Problem(
        f"{path} is not a complete archive of frames ({first_line(error)}): delete it and run again"
    )


def _members(archive: zipfile.ZipFile, size: int) -> Mapping[str, zipfile.ZipInfo]:
    """Return the members by name of an archive of `size` bytes.

    Raises `ValueError` for what sampling does not write.
    """
    members: dict[str, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        name = shorten(member.filename)
        if member.filename in members:
            raise ValueError(f"it has {name} twice")
        if member.flag_bits & _ENCRYPTED:
            raise ValueError(f"its {name} is encrypted")
        if member.compress_type != zipfile.ZIP_STORED or member.compress_size != member.file_size:
            raise ValueError(f"its {name} is compressed")
        members[member.filename] = member
    # Members that overlap would unpack to more than the file has.
    if sum(member.file_size for member in members.values()) > size:
        raise ValueError("its images overlap")
    if MANIFEST not in members:
        raise ValueError("it has no manifest")
    if members[MANIFEST].file_size > MAX_MANIFEST_BYTES:
        raise ValueError(f"its manifest has more than {MAX_MANIFEST_BYTES >> 20} MB")
    return members


def _manifest(archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo]) -> Manifest:
    """Read the manifest, and check that the images are those it names."""
    manifest = manifest_checks.parse(json.loads(archive.read(members[MANIFEST])))
    names = [*(image.name for image in manifest.images), MANIFEST]
    if set(names) != set(members) or len(names) != len(members):
        raise ValueError("its images are not those of its manifest")
    for image in manifest.images:
        size, pixels = members[image.name].file_size, image.width * image.height
        if size > BYTES_PER_PIXEL * pixels + JPEG_HEADER:
            raise ValueError(f"its {image.name} has {size:,} bytes for {pixels:,} pixels")
    return manifest
