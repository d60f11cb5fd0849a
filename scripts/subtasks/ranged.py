"""Files on the Hugging Face Hub read in part, by ranged requests."""

import io

from subtasks.hub_problems import explained

TAIL = 1 << 16
"""Bytes of the end that are fetched first: a Parquet file's footer mostly lies in them."""

MAX_RANGE = 1 << 30


class RangedFile(io.RawIOBase):
    """A file on the Hub, of which only what is read is fetched.

    Raises `Problem` where the Hub does not give it.
    """

    def __init__(self, repo_id: str, commit: str, path: str) -> None:
        super().__init__()
        from huggingface_hub import hf_hub_url

        self._url = hf_hub_url(repo_id, path, repo_type="dataset", revision=commit)
        self._repo_id, self._path = repo_id, path
        self._position = 0
        self._tail, self._size = self._get(f"-{TAIL}")

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

    def _get(self, span: str) -> tuple[bytes, int]:
        """Fetch a range of bytes; return it and the size of the whole file."""
        from huggingface_hub import constants
        from huggingface_hub.utils import build_hf_headers, hf_raise_for_status, http_backoff

        with explained(self._repo_id, self._path):
            response = http_backoff(
                "GET",
                self._url,
                headers={**build_hf_headers(), "Range": f"bytes={span}"},
                timeout=constants.HF_HUB_DOWNLOAD_TIMEOUT,
            )
            hf_raise_for_status(response)
        content = response.content
        total = response.headers.get("Content-Range", "").rpartition("/")[2]
        return content, int(total) if total.isdigit() else len(content)
