"""A table with a row a segment: `segments.parquet` of a result, or anybody's Parquet or CSV file.

Columns are known by their names, of which people use several.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from subtasks.errors import Problem
from subtasks.truth.written import WrittenSegment, WrittenTruth
from subtasks.wording import counted, first_line, one_line, shorten_text

FORMS = {".parquet": "Parquet table", ".csv": "CSV table"}

EPISODE = ("episode_index", "episode", "episode_id")
START = ("start", "start_time", "start_sec", "start_s", "start_seconds", "time")
END = ("end", "end_time", "end_sec", "end_s", "end_seconds", "stop")
START_FRAME, END_FRAME = ("start_frame",), ("end_frame",)
LABEL = ("label", "subtask", "subtask_label", "text", "name")

Kinds = Sequence[tuple[str, ...]]
Cells = dict[tuple[str, ...], list[Any]]

MAX_BYTES = 1_000_000_000
"""Size of a CSV file; the segments of a million episodes have less."""


def episodes(path: Path) -> set[int]:
    """Return the episodes that a table has rows of. Raises `Problem` if it cannot be read."""
    numbers = _columns(path, (EPISODE,))[EPISODE]
    return {each for value in numbers if (each := _whole(value)) is not None}


def read(path: Path, origin: str, fps: float) -> WrittenTruth:
    """Read a table; where it has frames in place of times, they are `fps` a second.

    Raises `Problem` if it cannot be read or lacks a column. Rows whose values are of another kind
    are counted in a note.
    """
    cells = _columns(path, (EPISODE, LABEL, START, START_FRAME, END, END_FRAME))
    rows = len(cells[EPISODE])
    starts = _times(cells.get(START), cells.get(START_FRAME), fps)
    if starts is None:
        raise Problem(
            f"{path} has no column with the start of a segment: call it one of {', '.join(START)}"
        )
    ends = _times(cells.get(END), cells.get(END_FRAME), fps) or [None] * rows
    found: dict[int, list[WrittenSegment]] = {}
    wrong = 0
    for episode, start, end, label in zip(cells[EPISODE], starts, ends, cells[LABEL], strict=True):
        number = _whole(episode)
        if number is None or start is None or not isinstance(label, str):
            wrong += 1
            continue
        found.setdefault(number, []).append(WrittenSegment(start, end, label))
    notes = (
        [f"{counted(wrong, 'row')} of {path} without an episode, a start or a label left out"]
        if wrong
        else []
    )
    return WrittenTruth(origin, FORMS[path.suffix.lower()], found, tuple(notes))


def _columns(path: Path, wanted: Kinds) -> Cells:
    """Read the columns that are there of each kind; those of episodes and labels must be."""
    import pyarrow as pa

    read = _csv if path.suffix.lower() == ".csv" else _parquet
    try:
        return read(path, wanted)
    except FileNotFoundError:
        raise Problem(f"{path} is not there: see evaluate.truth") from None
    except (pa.ArrowException, UnicodeDecodeError, OSError) as error:
        raise Problem(f"{path} cannot be read as a table: {first_line(error)}") from None


def _csv(path: Path, wanted: Kinds) -> Cells:
    import pyarrow as pa
    from pyarrow import csv

    if path.stat().st_size > MAX_BYTES:
        raise Problem(f"{path} is larger than {MAX_BYTES // 1_000_000_000} GB: it is no such table")
    with csv.open_csv(path) as file:
        chosen = _chosen(path, file.schema.names, wanted)
    # As text: what a number is, is decided value by value.
    options = csv.ConvertOptions(
        include_columns=list(chosen.values()),
        column_types=dict.fromkeys(chosen.values(), pa.string()),
    )
    table = csv.read_csv(path, convert_options=options)
    return {kind: table.column(name).to_pylist() for kind, name in chosen.items()}


def _parquet(path: Path, wanted: Kinds) -> Cells:
    from subtasks.parquet import reading

    with reading.opened(path) as file:
        chosen = _chosen(path, file.schema_arrow.names, wanted)
        found: Cells = {kind: [] for kind in chosen}
        for batch in reading.record_batches(path, file, list(chosen.values())):
            for kind, name in chosen.items():
                found[kind] += batch.column(name).to_pylist()
    return found


def _chosen(path: Path, names: Sequence[str], wanted: Kinds) -> dict[tuple[str, ...], str]:
    """Choose the column of each kind, of those that are there."""
    found = {
        kind: next(name for name in kind if name in names)
        for kind in wanted
        if not set(kind).isdisjoint(names)
    }
    for kind, what in ((EPISODE, "the number of the episode"), (LABEL, "the label")):
        if kind in wanted and kind not in found:
            raise Problem(
                f"{path} has no column with {what}: call it one of {', '.join(kind)}; there are "
                f"{shorten_text(', '.join(map(one_line, names)), 200)}"
            )
    return found


def _times(
    seconds: list[Any] | None, frames: list[Any] | None, fps: float
) -> list[float | None] | None:
    """Return times in seconds, None for a value that is no number; None without a column."""
    if seconds is not None:
        return [_number(value) for value in seconds]
    if frames is not None:
        return [None if (each := _number(value)) is None else each / fps for value in frames]
    return None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _whole(value: Any) -> int | None:
    number = _number(value)
    if number is None or not number.is_integer() or not 0 <= number < 1e9:
        return None
    return int(number)
