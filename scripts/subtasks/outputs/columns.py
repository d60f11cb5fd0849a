"""The new columns of a data file, made from the subtasks of its episodes."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, repeat
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from subtasks.episode_ranges import format_ranges
from subtasks.errors import Problem
from subtasks.outputs import data_rows, nested_arrays
from subtasks.outputs.data_rows import FRAME, NO_EPISODE, TIME, DataRows, Frames
from subtasks.outputs.output import Column, LabelledEpisode
from subtasks.outputs.rows import RowRun, Slots
from subtasks.segments.segment import Segment, Span, spans

BLOCK_BYTES = 96 << 10
"""Size of a block of equal rows of lists, which is made once and then referred to repeatedly.

Writing takes about 3 kB for each reference, so smaller blocks take more memory, as larger ones do.
"""

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class ColumnValues:
    """The distinct values of a column in an episode, and for each slot the index of its value."""

    distinct: pa.Array
    of_slot: list[int]

    @classmethod
    def from_slots(cls, values: list[Any], kind: pa.DataType) -> Self:
        """Make them from the value of each slot; equal values of consecutive slots become one."""
        distinct: list[Any] = []
        of_slot = []
        for value in values:
            if not distinct or value != distinct[-1]:
                distinct.append(value)
            of_slot.append(len(distinct) - 1)
        return cls(nested_arrays.array(distinct, kind), of_slot)


def make_column(
    values: Mapping[int, ColumnValues], row_runs: Sequence[RowRun], kind: pa.DataType
) -> pa.ChunkedArray:
    """Make the rows of a column from the values of its episodes; strings become a dictionary."""
    if pa.types.is_nested(kind):
        return pa.chunked_array(_blocks(values, row_runs), kind)
    counts = [len(episode.distinct) for episode in values.values()]
    first = dict(zip(values, accumulate(counts, initial=0), strict=False))
    distinct = pa.concat_arrays([pa.array([], kind), *(v.distinct for v in values.values())])
    if pa.types.is_string(kind):
        distinct = distinct.dictionary_encode()
    indices = [first[run.episode] + values[run.episode].of_slot[run.slot] for run in row_runs]
    repeated = np.repeat(np.array(indices, np.int32), [run.count for run in row_runs])
    return pa.chunked_array([distinct.take(pa.array(repeated))])


def _blocks(values: Mapping[int, ColumnValues], row_runs: Iterable[RowRun]) -> Iterator[pa.Array]:
    """Yield rows of lists: equal rows are a block that is referred to repeatedly."""
    blocks: dict[tuple[int, int], pa.Array] = {}

    def value_of(run: RowRun) -> tuple[int, int]:
        return run.episode, values[run.episode].of_slot[run.slot]

    for (episode, index), equal in groupby(row_runs, value_of):
        count = sum(run.count for run in equal)
        block = blocks.get((episode, index))
        if block is None:
            value = values[episode].distinct.slice(index, 1)
            size = max(1, min(count, BLOCK_BYTES // max(value.nbytes, 1)))
            block = blocks[episode, index] = value.take(pa.array([0] * size))
        yield from repeat(block, count // len(block))
        if rest := count % len(block):
            yield block.slice(0, rest)


def fill(
    data: DataRows,
    columns: Sequence[Column],
    segments: Iterable[tuple[int, list[Segment]]],
    fps: float,
    *,
    lengths: Mapping[int, int] | None = None,
    overwrite: bool = False,
) -> tuple[pa.Schema, Callable[[int], list[pa.ChunkedArray]]]:
    """Return the schema of `columns` in a data file, and a function that fills them.

    The function takes the number of a row group and returns its columns. `segments` are those of
    the selected episodes; other episodes of the file get none. `lengths` are the numbers of
    frames of episodes by the metadata: as in OpenTau, subtasks end there, and rows beyond it have
    none.

    Raises `Problem` if the rows of an episode with subtasks are not there or cannot be told
    apart, or if the file already has such a column, unless `overwrite` is set or the column can
    be extended without losing anything.
    """
    frames = data.frames()
    ends = _ends(frames, lengths or {})
    spans_of: dict[int, list[Span]] = {episode: [] for episode in ends}
    absent = []
    for episode, found in segments:
        if found:
            _check_frames(episode, frames.get(episode))
        if episode in ends:
            spans_of[episode] = spans(found, fps, ends[episode])
        else:
            absent.append(episode)
    if absent:
        log.warning("episodes %s are selected but have no rows here", format_ranges(absent))
    if NO_EPISODE in frames:
        log.warning("%d rows have no episode_index and get no label", frames[NO_EPISODE].count)
    # The last slot of each episode is for rows beyond its end.
    slots = Slots({e: [*found, Span(ends[e], ends[e], "")] for e, found in spans_of.items()})
    timed = [column.name for column in columns if column.timed]
    times = slots.times(data) if timed else {}
    for episode, lowest in times.items():
        _check_times(episode, lowest[1:-1], timed)
    existing = [_existing(data, column, overwrite=overwrite) for column in columns]

    def values_of(episode: int, column: Column, kind: pa.DataType, kept: Any) -> ColumnValues:
        starts = times[episode][1:-1].tolist() if column.timed else []
        values = column.values(LabelledEpisode(spans_of[episode], starts, kept))
        return ColumnValues.from_slots([*values, values[0]], kind)

    def fill_row_group(row_group: int) -> list[pa.ChunkedArray]:
        row_runs = list(slots.row_runs(data, row_group))
        episodes = {run.episode for run in row_runs}
        filled = []
        for column, (kind, kept) in zip(columns, existing, strict=True):
            values = {
                episode: values_of(episode, column, kind, kept.get(episode)) for episode in episodes
            }
            filled.append(make_column(values, row_runs, kind))
        return filled

    kinds = zip(columns, existing, strict=True)
    schema = pa.schema([pa.field(column.name, kind) for column, (kind, _) in kinds])
    return schema, fill_row_group


def _check_frames(episode: int, frames: Frames | None) -> None:
    """Raise `Problem` if labels of an episode would get lost."""
    if frames is None:
        raise Problem(f"it has no rows of episode {episode}, which has subtasks: exclude it")
    if frames.fault is not None:
        raise Problem(
            f"its column {FRAME} {frames.fault}, in episode {episode}: repair it or exclude the "
            "episode"
        )


def _check_times(episode: int, starts: npt.NDArray[np.float64], outputs: list[str]) -> None:
    """Raise `Problem` if subtasks of an episode have no times, or cannot be told apart by them."""
    turn_off = f"repair it, or set output.{outputs[0]}: false"
    if not np.isfinite(starts).all():
        raise Problem(
            f"its column {TIME} has no number where a subtask of episode {episode} begins: "
            f"{turn_off}"
        )
    if not data_rows.are_rising(starts):
        raise Problem(
            f"its column {TIME} does not rise from one subtask of episode {episode} to the next "
            f"(they begin at {', '.join(map(str, starts[:4].tolist()))}…), as far as LeRobot's 32 "
            f"bits for a time can tell: {turn_off}"
        )


def _ends(frames: Mapping[int, Frames], lengths: Mapping[int, int]) -> dict[int, int]:
    """Return the frame at which each episode's subtasks end, by its rows and its length."""
    counts = {episode: found.length for episode, found in frames.items()}
    differing = [
        episode for episode in counts if lengths.get(episode, counts[episode]) != counts[episode]
    ]
    if differing:
        episode = differing[0]
        log.warning(
            "metadata and rows disagree on the length of episodes %s, such as %d: %d and %d "
            "frames; subtasks end at the smaller number",
            format_ranges(differing),
            episode,
            lengths[episode],
            counts[episode],
        )
    return {episode: min(count, lengths.get(episode, count)) for episode, count in counts.items()}


def _existing(
    data: DataRows, column: Column, *, overwrite: bool
) -> tuple[pa.DataType, dict[int, Any]]:
    """Return the column's type, and what is kept of the source's column, by episode."""
    if column.name not in data.schema.names:
        return column.type, {}
    kept, loses = {}, True
    kind = column.type
    if column.extension is not None:
        kind = column.extension.widen(data.schema.field(column.name).type)
        loses = False
        for episode, value in data.constant_values(column.name):
            kept[episode] = column.extension.keep(value)
            loses = loses or len(kept[episode]) < len(value or [])
    if loses and not overwrite:
        raise already_there(column)
    return kind, kept


def already_there(column: Column) -> Problem:
    """Make the `Problem` of a file that has a column which may not be replaced."""
    return Problem(
        f"the column {column.name} already has subtasks: set output.overwrite: true to replace "
        f"them in the result, or output.{column.name}: false to leave it as it is"
    )
