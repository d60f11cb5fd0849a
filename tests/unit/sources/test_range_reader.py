"""Parts of a remote file are read, and no more than that is fetched."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.sources import range_reader
from subtasks.sources.range_reader import Part, RangeError, RangeReader

CONTENT = bytes(range(256)) * 1000


class Server:
    """Answers range requests as HTTP servers do, or with the whole file if it knows no ranges."""

    def __init__(self, content: bytes, *, ranges: bool = True) -> None:
        self.content, self.ranges = content, ranges
        self.fetched: list[int] = []

    def get_range(self, span: str) -> Part:
        match = re.fullmatch(r"(\d*)-(\d*)", span)
        assert match
        size = len(self.content)
        start = int(match[1]) if match[1] else max(size - int(match[2]), 0)
        stop = int(match[2]) + 1 if match[1] else size
        found = self.content[start:stop] if self.ranges else self.content
        self.fetched.append(len(found))
        if not size:
            # What a server says of an empty file: it has no last bytes.
            return Part(b"", "bytes */0" if self.ranges else "")
        return Part(found, f"bytes {start}-{stop - 1}/{size}" if self.ranges else "")


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


def answering(*parts: Part) -> RangeReader:
    """A reader of a server that sends these parts, one after the other."""
    left = list(parts)
    return RangeReader(lambda _: left.pop(0))


END = Part(b"end", "bytes 997-999/1000", "one")


def test_more_than_a_recording_needs_is_not_fetched() -> None:
    reader = answering(Part(b"end", f"bytes {(1 << 40) - 3}-{(1 << 40) - 1}/{1 << 40}"))
    with pytest.raises(RangeError, match="would be read at once"):
        reader.read()


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (Part(b"0123", "bytes 0-3/1000", "two"), "it changed while it was read"),
        (Part(b"0123", "bytes 0-3/1001", "one"), "it changed while it was read"),
        (Part(b"x" * 999, ""), "it changed while it was read"),
        (Part(b"012", "bytes 0-2/1000"), "3 bytes came as bytes 0-2/1000 where bytes 0-3 were"),
        (Part(b"012", "bytes 0-3/1000"), "3 bytes came as bytes 0-3/1000 where"),
        (Part(b"01234", "bytes 0-3/1000"), "5 bytes came as"),
        (Part(b"4567", "bytes 4-7/1000"), "4 bytes came as bytes 4-7/1000 where bytes 0-3"),
        (Part(b"", "bytes */1000"), "0 bytes came as"),
        (Part(b"0123", "bytes 0-3/*"), "the server sent 'bytes 0-3/\\*' as Content-Range"),
        (Part(b"0123", "lines 0-3/9" + "9" * 999), "as Content-Range"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(part: Part, said: str) -> None:
    reader = answering(END, part)
    with pytest.raises(RangeError, match=said) as caught:
        reader.read(4)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "part",
    [
        Part(b"0123", "bytes 0-3/1000", "one"),
        Part(b"0123", "bytes 0-3/1000"),
        Part(b"0123" + bytes(996), "", "one"),
    ],
)
def test_parts_that_fit_are_read(part: Part) -> None:
    assert answering(END, part).read(4) == b"0123"


@pytest.mark.parametrize(
    "part",
    [
        Part(b"end", "bytes 997-998/1000"),
        Part(b"end", "bytes 996-998/1000"),
        Part(b"the end", "bytes 997-999/1000"),
        Part(b"end", "bytes"),
    ],
)
def test_an_end_that_is_none_is_refused(part: Part) -> None:
    with pytest.raises(RangeError):
        answering(part)
