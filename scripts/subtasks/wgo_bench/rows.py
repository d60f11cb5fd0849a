"""The rows of WGO-Bench's table: each a video, what is to be done in it, and its true segments.

Public are the columns `id`, `video` (the content of an MP4 file), `instruction` (which may be
empty), `segments` (a list of start_sec, end_sec and subtask) and `metadata`; a later revision adds
`perception_state`. The last two are not read. Rows are read one at a time, because all videos
together may be larger than the memory; Arrow holds about twice the size of a row group's videos.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from subtasks.errors import Problem
from subtasks.files import LFS_POINTER
from subtasks.parquet import reading
from subtasks.segments.segment import Unusable, clean_label, read_time
from subtasks.wording import one_line, shorten_json, shorten_text

ID, VIDEO, INSTRUCTION, SEGMENTS = "id", "video", "instruction", "segments"
NEEDED = (ID, VIDEO, SEGMENTS)
START, END, LABEL = "start_sec", "end_sec", "subtask"

CONTENT = "bytes"
"""Where the `datasets` library keeps the content of what it knows to be a file."""

MAX_NAME = 100
"""Characters of an id."""


@dataclass(frozen=True, slots=True)
class TrueSegment:
    """From `start` to `end`, in seconds of the video, the truth is `label`."""

    start: float
    end: float
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row: `name` is its id, `video` the content of a video file.

    `fault` says in a clause why it cannot be used; then it has neither video nor segments.
    """

    name: str
    instruction: str = ""
    video: bytes = b""
    segments: tuple[TrueSegment, ...] = ()
    fault: str | None = None

    @property
    def source(self) -> str:
        """The recordings that it comes from, as its id says: `droid` for `droid_17`."""
        return self.name.split("_")[0]


def count(path: Path) -> int:
    """Return the number of rows. Raises `Problem` if the file is no such table."""
    with _opened(path) as (file, _):
        return int(file.metadata.num_rows)


def read(path: Path) -> Iterator[Row]:
    """Read the rows one after the other. Raises `Problem` if the file is no such table."""
    with _opened(path) as (file, columns):
        number = 0
        for batch in file.iter_batches(1, columns=columns, use_threads=False):
            for cells in batch.to_pylist():
                yield _row(number, cells)
                number += 1


@contextmanager
def _opened(path: Path) -> Iterator[tuple[pq.ParquetFile, list[str]]]:
    """Open a table; also say which of its columns are to be read."""
    with reading.opened(path) as file:
        names = file.schema_arrow.names
        if absent := [name for name in NEEDED if name not in names]:
            raise Problem(
                f"{path} is not WGO-Bench's table: it has no column {absent[0]} among its columns "
                f"{shorten_text(', '.join(names))}"
            )
        columns = [name for name in (*NEEDED, INSTRUCTION) if name in names]
        # A list's values are counted apart: one value repeated takes almost no bytes in the file.
        reading.check_values(path, file, columns, path.stat().st_size)
        yield file, columns


def _row(number: int, cells: Mapping[str, Any]) -> Row:
    name = cells[ID]
    known = isinstance(name, str) and clean_label(name)
    name = shorten_text(clean_label(name), MAX_NAME) if known else f"row_{number}"
    try:
        return Row(
            name,
            _instruction(cells.get(INSTRUCTION)),
            _video(cells[VIDEO]),
            _segments(cells[SEGMENTS]),
        )
    except Unusable as reason:
        return Row(name, fault=str(reason))


def _instruction(value: Any) -> str:
    if not isinstance(value, str | None):
        raise Unusable(f"its instruction {shorten_json(value)} is no text")
    return one_line(value or "", limit=2000)


def _video(value: Any) -> bytes:
    if isinstance(value, dict):
        value = value.get(CONTENT)
    if not isinstance(value, bytes) or not value:
        found = "empty" if value in (None, b"") else f"a {type(value).__name__}"
        raise Unusable(f"its video is {found} instead of the content of a file")
    if value.startswith(LFS_POINTER):
        raise Unusable("its video is a Git LFS pointer and not the video itself")
    return value


def _segments(value: Any) -> tuple[TrueSegment, ...]:
    if not isinstance(value, list) or not value:
        raise Unusable("it has no segments")
    return tuple(_segment(each) for each in value)


def _segment(value: Any) -> TrueSegment:
    if not isinstance(value, dict):
        raise Unusable(
            f"its segment {shorten_json(value)} is no structure of {START}, {END}, {LABEL}"
        )
    try:
        start, end = read_time(value.get(START)), read_time(value.get(END))
    except Unusable as reason:
        raise Unusable(f"its segment {shorten_json(value)} has no times: {reason}") from None
    label = value.get(LABEL)
    if not isinstance(label, str) or not clean_label(label):
        raise Unusable(f"its segment {shorten_json(value)} has no label")
    if end <= start:
        raise Unusable(f"its segment {shorten_json(value)} ends before it begins")
    return TrueSegment(start, end, clean_label(label))
