"""The new columns of a data file, made from the subtasks of its episodes."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, repeat
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from subtasks.episode_ranges import format_ranges
from subtasks.errors import Problem
from subtasks.outputs import rows
from subtasks.outputs.output import Column, LabelledEpisode
from subtasks.outputs.rows import RowRun
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
        return cls(pa.array(distinct, kind), of_slot)


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
    file: pq.ParquetFile,
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

    Raises `Problem` if the file already has such a column, unless `overwrite` is set or the
    column can be extended without losing anything.
    """
    ends = _ends(rows.lengths(file), lengths or {})
    spans_of: dict[int, list[Span]] = {episode: [] for episode in ends}
    absent = []
    for episode, found in segments:
        if episode in ends:
            spans_of[episode] = spans(found, fps, ends[episode])
        else:
            absent.append(episode)
    if absent:
        log.warning("episodes %s are selected but have no rows here", format_ranges(absent))
    # The last slot of each episode is for rows beyond its end.
    slots = rows.Slots({e: [*found, Span(ends[e], ends[e], "")] for e, found in spans_of.items()})
    times = slots.times(file) if any(column.timed for column in columns) else {}
    existing = [_existing(file, column, overwrite=overwrite) for column in columns]

    def values_of(episode: int, column: Column, kind: pa.DataType, kept: Any) -> ColumnValues:
        starts = times[episode][1:-1].tolist() if column.timed else []
        values = column.values(LabelledEpisode(spans_of[episode], starts, kept))
        return ColumnValues.from_slots([*values, values[0]], kind)

    def fill_row_group(row_group: int) -> list[pa.ChunkedArray]:
        row_runs = list(slots.row_runs(file, row_group))
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


def _ends(counts: Mapping[int, int], lengths: Mapping[int, int]) -> dict[int, int]:
    """Return the frame at which each episode's subtasks end, by its rows and its length."""
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
    file: pq.ParquetFile, column: Column, *, overwrite: bool
) -> tuple[pa.DataType, dict[int, Any]]:
    """Return the column's type, and what is kept of the source's column, by episode."""
    if column.name not in file.schema_arrow.names:
        return column.type, {}
    kept, loses = {}, True
    kind = column.type
    if column.extension is not None:
        kind = column.extension.widen(file.schema_arrow.field(column.name).type)
        loses = False
        for episode, value in rows.first_values(file, column.name):
            kept[episode] = column.extension.keep(value)
            loses = loses or kept[episode] != (value or [])
    if loses and not overwrite:
        raise Problem(
            f"the column {column.name} already has subtasks: set output.overwrite: true to replace "
            f"them in the result, or output.{column.name}: false to leave it as it is"
        )
    return kind, kept
