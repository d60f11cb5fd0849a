"""Parts of a remote file are read, and no more than that is fetched."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.sources import range_reader
from subtasks.sources.range_reader import RangeReader

CONTENT = bytes(range(256)) * 1000


class Server:
    """Answers range requests as HTTP servers do, or with the whole file if it knows no ranges."""

    def __init__(self, content: bytes, *, ranges: bool = True) -> None:
        self.content, self.ranges = content, ranges
        self.fetched: list[int] = []

    def get_range(self, span: str) -> tuple[bytes, str]:
        match = re.fullmatch(r"(\d*)-(\d*)", span)
        assert match
        size = len(self.content)
        start = int(match[1]) if match[1] else max(size - int(match[2]), 0)
        stop = int(match[2]) + 1 if match[1] else size
        found = self.content[start:stop] if self.ranges else self.content
        self.fetched.append(len(found))
        return found, f"bytes {start}-{stop - 1}/{size}" if self.ranges else ""


@pytest.mark.parametrize("ranges", [True, False])
@given(
    content=st.binary(max_size=300) | st.just(CONTENT),
    reads=st.lists(st.tuples(st.integers(0, 300_000), st.integers(-1, 300_000)), max_size=5),
)
def test_it_reads_like_a_file(ranges: bool, content: bytes, reads: list[tuple[int, int]]) -> None:
    reader = RangeReader(Server(content, ranges=ranges).get_range)
    file = io.BytesIO(content)
    assert reader.seek(0, io.SEEK_END) == file.seek(0, io.SEEK_END)
    for position, size in reads:
        assert reader.seek(position) == file.seek(position)
        assert reader.read(size) == file.read(size)
    file.seek(reader.tell())
    assert reader.seek(-len(content), io.SEEK_END) == 0
    assert reader.read(10) == content[:10]
    assert reader.tell() == min(10, len(content))


def test_only_the_end_and_what_is_read_are_fetched() -> None:
    server = Server(CONTENT)
    reader = RangeReader(server.get_range)
    assert server.fetched == [range_reader.TAIL_BYTES]
    reader.seek(-100, io.SEEK_END)
    assert reader.read() == CONTENT[-100:]
    reader.seek(1000)
    assert reader.read(0) == b""
    assert server.fetched == [range_reader.TAIL_BYTES]
    assert reader.read(500) == CONTENT[1000:1500]
    assert server.fetched == [range_reader.TAIL_BYTES, 500]


def test_it_says_what_it_can_do() -> None:
    reader = RangeReader(Server(CONTENT).get_range)
    assert reader.readable()
    assert reader.seekable()
    assert not reader.writable()


def test_more_than_a_recording_needs_is_not_fetched() -> None:
    reader = RangeReader(lambda _: (b"", f"bytes 0-0/{1 << 40}"))
    with pytest.raises(ValueError, match="would be read at once"):
        reader.read()
