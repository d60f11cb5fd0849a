"""Reads parts of a remote file, such as the footer or one column of a Parquet file."""

import io
from collections.abc import Callable

TAIL_BYTES = 1 << 16
"""Bytes at the end that are fetched first: they usually contain a Parquet file's whole footer."""

MAX_READ_BYTES = 1 << 30

GetRange = Callable[[str], tuple[bytes, str]]
"""Takes a range as in HTTP's `Range` header, such as `0-99` or `-100`. Returns the bytes and the
response's `Content-Range`, which ends with the size of the whole file; "" if there is none."""


class RangeReader(io.RawIOBase):
    """A binary file that fetches only what is read, by calling `get_range`."""

    def __init__(self, get_range: GetRange) -> None:
        super().__init__()
        self._get_range = get_range
        self._position = 0
        self._tail, content_range = get_range(f"-{TAIL_BYTES}")
        size = content_range.rpartition("/")[2]
        self._size = int(size) if size.isdigit() else len(self._tail)

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
        """Read up to `size` bytes, fewer only at the end of the file.

        Raises `ValueError` for more than a recording could need at once.
        """
        start = min(self._position, self._size)
        stop = self._size if size is None or size < 0 else min(start + size, self._size)
        if stop - start > MAX_READ_BYTES:
            raise ValueError(
                f"{stop - start:,} bytes would be read at once (limit: {MAX_READ_BYTES:,})"
            )
        tail_start = self._size - len(self._tail)
        if start == stop:
            found = b""
        elif start >= tail_start:
            found = self._tail[start - tail_start : stop - tail_start]
        else:
            found, _ = self._get_range(f"{start}-{stop - 1}")
            # A server that does not support ranges sends the whole file.
            found = found if len(found) == stop - start else found[start:stop]
        self._position = start + len(found)
        return found
