"""Reads parts of a remote file, such as the footer or some columns of a Parquet file."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass

TAIL_BYTES = 1 << 16
"""Bytes at the end that are fetched first: they usually contain a Parquet file's whole footer."""

MAX_READ_BYTES = 1 << 30

_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+)")


@dataclass(frozen=True, slots=True)
class Part:
    """What a server sent for a range.

    `content_range` is the header of that name, which ends with the size of the whole file; "" if
    `content` is the whole file. `version` changes with the file, such as an ETag; "" if unknown.
    """

    content: bytes
    content_range: str
    version: str = ""


GetRange = Callable[[str], Part]
"""Takes a range as in HTTP's `Range` header, such as `0-99` or `-100`."""


class RangeError(ValueError):
    """Why parts that a server sent are not those of one file, as a clause."""


class RangeReader(io.RawIOBase):
    """A binary file that fetches only what is read, by calling `get_range`.

    Raises `RangeError` if the file changes between two reads, if other bytes come than were asked
    for, or if more would be read at once than a recording could need.
    """

    def __init__(self, get_range: GetRange) -> None:
        super().__init__()
        self._get_range = get_range
        self._position = 0
        part = get_range(f"-{TAIL_BYTES}")
        self._version, self._tail = part.version, part.content
        self._size = len(part.content)
        if part.content_range:
            start, stop, self._size = _read_range(part)
            if stop != self._size or len(self._tail) != stop - start:
                raise RangeError(f"{len(self._tail):,} bytes came as {part.content_range}")

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position of the next read."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Set the position of the next read and return it."""
        base = (0, self._position, self._size)[whence]
        self._position = max(base + offset, 0)
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes, fewer only at the end of the file."""
        start = min(self._position, self._size)
        stop = self._size if size is None or size < 0 else min(start + size, self._size)
        if stop - start > MAX_READ_BYTES:
            raise RangeError(
                f"{stop - start:,} bytes would be read at once (limit: {MAX_READ_BYTES:,})"
            )
        tail_start = self._size - len(self._tail)
        if start == stop:
            found = b""
        elif start >= tail_start:
            found = self._tail[start - tail_start : stop - tail_start]
        else:
            found = self._fetch(start, stop)
        self._position = start + len(found)
        return found

    def _fetch(self, start: int, stop: int) -> bytes:
        part = self._get_range(f"{start}-{stop - 1}")
        if self._version and part.version and part.version != self._version:
            raise RangeError("it changed while it was read")
        if not part.content_range:
            # A server may send the whole file at any time.
            if len(part.content) != self._size:
                raise RangeError("it changed while it was read")
            return part.content[start:stop]
        first, end, size = _read_range(part)
        if size != self._size:
            raise RangeError("it changed while it was read")
        if (first, end) != (start, stop) or len(part.content) != stop - start:
            raise RangeError(
                f"{len(part.content):,} bytes came as {part.content_range} where bytes "
                f"{start}-{stop - 1} were asked for"
            )
        return part.content


def _read_range(part: Part) -> tuple[int, int, int]:
    """Read the start and the end of a part, and the size of the file."""
    match = _CONTENT_RANGE.fullmatch(part.content_range.strip())
    if match is None:
        raise RangeError(f"the server sent {part.content_range[:60]!r} as Content-Range")
    first, last, size = match.groups()
    return (0, 0, int(size)) if first is None else (int(first), int(last) + 1, int(size))
