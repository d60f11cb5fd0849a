"""A table with a row for each segment, in CSV or Parquet, whatever its columns are called."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from subtasks import files
from subtasks.dataset import episode
from subtasks.dataset.cameras import listed
from subtasks.errors import Problem
from subtasks.truth.written import WrittenSegment, WrittenTruth
from subtasks.wording import counted, first_line, shorten

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

CSV, PARQUET = ".csv", ".parquet"
SUFFIXES = (CSV, PARQUET)

EPISODES = ("episode", "episode_index", "episode_id", "episode_number", "ep")
STARTS = (
    *("start", "start_time", "start_sec", "start_s", "start_seconds", "start_timestamp"),
    *("begin", "begin_time", "from", "time", "timestamp"),
)
ENDS = (
    *("end", "end_time", "end_sec", "end_s", "end_seconds", "end_timestamp"),
    *("stop", "stop_time", "stop_sec", "stop_s", "to"),
)
START_FRAMES = ("start_frame", "frame_start", "begin_frame", "from_frame")
END_FRAMES = ("end_frame", "frame_end", "stop_frame", "to_frame")
LABELS = (
    *("label", "subtask", "subtask_label", "subtask_text", "subtask_name", "text"),
    *("description", "annotation", "caption", "language", "name"),
)
"""What people call the columns, the most likely name first."""

MAX_HEADING = 1 << 16
"""Bytes of a CSV file's first line."""

_NUMBERED = re.compile(r"episode[ _-]?([0-9]{1,9})(\.[a-z0-9]+)?", re.IGNORECASE)
_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class _Columns:
    """The names of the columns; `starts_in_frames` and `ends_in_frames` say what they count."""

    episode: str
    start: str
    end: str | None
    label: str
    starts_in_frames: bool
    ends_in_frames: bool

    @property
    def names(self) -> list[str]:
        """All of them, each once."""
        return list(dict.fromkeys(filter(None, (self.episode, self.start, self.end, self.label))))


def read(path: Path, origin: str, fps: float) -> WrittenTruth:
    """Read all rows; a frame is 1 / `fps` seconds.

    A row that names no episode is left out, and said. Raises `Problem` if a column is missing or
    the file cannot be read.
    """
    episodes: dict[int, list[WrittenSegment]] = defaultdict(list)
    nameless = 0
    rows = _Rows(path)
    for columns, batch in rows.batches():
        numbers = _episodes(path, columns, batch)
        starts = _seconds(path, columns.start, batch, fps if columns.starts_in_frames else 1)
        ends: Sequence[float | None] = [None] * batch.num_rows
        if columns.end is not None:
            found = _seconds(path, columns.end, batch, fps if columns.ends_in_frames else 1)
            # No end is an empty cell; a text that is no number is not usable.
            empty = _is_empty(batch.column(columns.end))
            ends = [None if no else end for no, end in zip(empty, found.tolist(), strict=True)]
        labels = _labels(path, columns, batch)
        for number, start, end, label in zip(numbers, starts.tolist(), ends, labels, strict=True):
            if number is None:
                nameless += 1
            else:
                episodes[number].append(WrittenSegment(start, end, label))
    notes = []
    if rows.skipped:
        notes.append(
            f"{counted(rows.skipped, 'row')} of {path.name} with more or fewer cells than "
            "its heading left out"
        )
    if nameless:
        notes.append(
            f"{counted(nameless, 'row')} of {path.name} without a number of an episode left out"
        )
    form = f"table in {'CSV' if path.suffix.lower() == CSV else 'Parquet'}"
    return WrittenTruth(origin, form, dict(episodes), tuple(notes))


def episodes(path: Path) -> set[int]:
    """Return the episodes that the table names. Raises `Problem` as `read` does."""
    found: set[int] = set()
    for columns, batch in _Rows(path).batches():
        found.update(each for each in _episodes(path, columns, batch) if each is not None)
    return found


# The columns ---------------------------------------------------------------------------------


def _choose(path: Path, names: Sequence[str]) -> _Columns:
    """Choose columns by their names, whatever their case and with spaces for underscores."""
    known: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"[\s_-]+", "_", name.strip().casefold())
        if plain in known and plain in {*EPISODES, *STARTS, *ENDS, *LABELS}:
            raise Problem(f"{path} has the column {shorten(name)} twice: keep one of them")
        known.setdefault(plain, name)

    def first(candidates: Sequence[str]) -> str | None:
        return next((known[name] for name in candidates if name in known), None)

    def needed(role: str, candidates: Sequence[str]) -> str:
        if (found := first(candidates)) is None:
            raise Problem(
                f"{path} has no column with the {role}, such as {candidates[0]} or "
                f"{candidates[1]}; it has {listed(names) or 'none'}"
            )
        return found

    number, label = needed("episodes", EPISODES), needed("labels", LABELS)
    start, end = first(STARTS), first(ENDS)
    return _Columns(
        episode=number,
        start=start or needed("starts", (STARTS[0], *START_FRAMES)),
        end=end or first(END_FRAMES),
        label=label,
        starts_in_frames=start is None,
        ends_in_frames=end is None,
    )


def _episodes(path: Path, columns: _Columns, batch: "pa.RecordBatch") -> list[int | None]:
    """Return the episode of each row, None where there is no number."""
    from subtasks.parquet.whole_numbers import NotWhole, is_text, plain, whole_numbers_or

    array = plain(batch.column(columns.episode))
    if is_text(array.type):
        return [_number(text) for text in array.to_pylist()]
    try:
        numbers = whole_numbers_or(array, -1).tolist()
    except NotWhole as reason:
        raise Problem(f"{path}: cannot use its column {columns.episode}: {reason}") from None
    return [number if 0 <= number <= episode.MAX_INDEX else None for number in numbers]


def _number(text: str | None) -> int | None:
    """Read 17, 17.0, episode_000017 and episode_17.mp4 as the same number."""
    if match := _NUMBERED.fullmatch((text or "").strip()):
        return int(match[1])
    number = episode.whole(text)
    return number if number is not None and number <= episode.MAX_INDEX else None


def _seconds(path: Path, name: str, batch: "pa.RecordBatch", rate: float) -> "np.ndarray[Any, Any]":
    """Return a column divided by `rate`, NaN where there is no number."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from subtasks.outputs import data_rows
    from subtasks.parquet.whole_numbers import is_text, may_hold, plain, shorten_type

    array = plain(batch.column(name))
    kind = array.type
    if pa.types.is_null(kind):
        array = array.cast(pa.float64())
    elif pa.types.is_nested(kind) or not (may_hold(kind) or pa.types.is_duration(kind)):
        raise Problem(f"{path}: its column {name} holds {shorten_type(kind)}, not seconds")
    elif is_text(kind):
        # As it is written where tables have semicolons between their cells.
        array = pc.replace_substring(array, ",", ".")
    return data_rows.seconds(array) / rate


def _is_empty(array: "pa.Array") -> list[bool]:
    """Say of each cell whether it is empty."""
    # NaN, which pandas writes for an empty cell, is the only value that differs from itself.
    return [
        value is None or value != value or (isinstance(value, str) and not value.strip())
        for value in array.to_pylist()
    ]


def _labels(path: Path, columns: _Columns, batch: "pa.RecordBatch") -> list[str]:
    import pyarrow as pa

    from subtasks.parquet.whole_numbers import is_text, plain, shorten_type

    array = plain(batch.column(columns.label))
    if not (is_text(array.type) or pa.types.is_null(array.type)):
        raise Problem(
            f"{path}: its column {columns.label} holds {shorten_type(array.type)}, not texts"
        )
    return [text or "" for text in array.to_pylist()]


# The rows ------------------------------------------------------------------------------------


class _Rows:
    """The rows of a table, some at a time; `skipped` counts those that have no cell a column."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.skipped = 0

    def batches(self) -> Iterator[tuple[_Columns, "pa.RecordBatch"]]:
        """Yield the columns and some rows. Raises `Problem` for what is no such table."""
        files.refuse_lfs_pointer(self._path)
        if self._path.suffix.lower() == CSV:
            return self._of_csv()
        return self._of_parquet()

    def _of_parquet(self) -> Iterator[tuple[_Columns, "pa.RecordBatch"]]:
        from subtasks.parquet import reading

        with reading.opened(self._path) as file:
            columns = _choose(self._path, file.schema_arrow.names)
            reading.check_values(self._path, file, columns.names, self._path.stat().st_size)
            for batch in reading.record_batches(self._path, file, columns.names):
                yield columns, batch

    def _of_csv(self) -> Iterator[tuple[_Columns, "pa.RecordBatch"]]:
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        def skip(_row: Any) -> str:
            self.skipped += 1
            return "skip"

        names, delimiter = self._heading()
        columns = _choose(self._path, names)
        try:
            with arrow_csv.open_csv(
                self._path,
                # In threads, Arrow would call `skip` from several at once.
                read_options=arrow_csv.ReadOptions(use_threads=False),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=delimiter, newlines_in_values=True, invalid_row_handler=skip
                ),
                convert_options=arrow_csv.ConvertOptions(
                    # As texts: a label may look like a number.
                    column_types={name: pa.string() for name in names},
                    include_columns=columns.names,
                ),
            ) as reader:
                for batch in reader:
                    yield columns, batch
        except pa.ArrowException as error:
            raise Problem(f"{self._path} cannot be read as CSV: {first_line(error)}") from error

    def _heading(self) -> tuple[list[str], str]:
        """Return the names of the columns and what separates them."""
        with self._path.open("rb") as file:
            line = file.readline(MAX_HEADING)
        try:
            text = line.decode("utf-8-sig").rstrip("\r\n")
        except UnicodeDecodeError:
            raise Problem(f"{self._path} is not UTF-8 text: save it in that encoding") from None
        delimiter = max(_DELIMITERS, key=text.count)
        try:
            [names] = csv.reader([text], delimiter=delimiter)
        except (csv.Error, ValueError):
            raise Problem(
                f"{self._path} must begin with a line that names its columns, such as "
                "episode,start,end,label"
            ) from None
        return names, delimiter
