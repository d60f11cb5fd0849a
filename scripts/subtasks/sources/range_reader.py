"""Files elsewhere, read in part: of a Parquet file the footer, or one column."""

import io
from collections.abc import Callable

TAIL = 1 << 16
"""Bytes of the end that are fetched first: a Parquet file's footer mostly lies in them."""

MAX_RANGE = 1 << 30

Get = Callable[[str], tuple[bytes, str]]
"""Takes a span as HTTP's `Range` has it, `0-99` or `-100`; gives the bytes and, where the server
knows ranges, the reply's `Content-Range`, which ends with the size of the whole file."""


class RangedFile(io.RawIOBase):
    """A file of which only what is read is fetched, with `get`."""

    def __init__(self, get: Get) -> None:
        super().__init__()
        self._get = get
        self._position = 0
        self._tail, span = get(f"-{TAIL}")
        size = span.rpartition("/")[2]
        self._size = int(size) if size.isdigit() else len(self._tail)

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """Any part of it can be read."""
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Choose where the next read begins."""
        base = (0, self._position, self._size)[whence]
        self._position = max(base + offset, 0)
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes, fewer only at the file's end."""
        start = min(self._position, self._size)
        stop = self._size if size is None or size < 0 else min(start + size, self._size)
        if stop - start > MAX_RANGE:
            raise ValueError(f"{stop - start:,} bytes at once are no part of a recording")
        tail = self._size - len(self._tail)
        if start == stop:
            found = b""
        elif start >= tail:
            found = self._tail[start - tail : stop - tail]
        else:
            found, _ = self._get(f"{start}-{stop - 1}")
            # A server that knows no ranges sends everything.
            found = found if len(found) == stop - start else found[start:stop]
        self._position = start + len(found)
        return found
