"""The new columns of a data file, from the subtasks of its episodes."""

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
from subtasks.outputs.output import Column, Labelled
from subtasks.outputs.rows import RowRun
from subtasks.segments.segment import Segment, Span, spans

BLOCK_BYTES = 96 << 10
"""Size of the equal rows of lists that are made once and then referred to again and again.

Writing takes about 3 kB for each reference, so smaller ones cost more memory, as larger ones do.
"""

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class ColumnValues:
    """An episode's different values of a column, and which of them belongs to each slot."""

    values: pa.Array
    of_slot: list[int]

    @classmethod
    def of(cls, values: list[Any], kind: pa.DataType) -> Self:
        """Take the values of the slots."""
        different: list[Any] = []
        of_slot = []
        for value in values:
            if not different or value != different[-1]:
                different.append(value)
            of_slot.append(len(different) - 1)
        return cls(pa.array(different, kind), of_slot)


def lay_out(
    fillings: Mapping[int, ColumnValues], runs: Sequence[RowRun], kind: pa.DataType
) -> pa.ChunkedArray:
    """Make a column of `runs` from the fillings of their episodes, texts as a dictionary."""
    if pa.types.is_nested(kind):
        return pa.chunked_array(_blocks(fillings, runs), kind)
    sizes = [len(filling.values) for filling in fillings.values()]
    first = dict(zip(fillings, accumulate(sizes, initial=0), strict=False))
    values = pa.concat_arrays([pa.array([], kind), *(f.values for f in fillings.values())])
    if pa.types.is_string(kind):
        values = values.dictionary_encode()
    shown = [first[run.episode] + fillings[run.episode].of_slot[run.slot] for run in runs]
    which = np.repeat(np.array(shown, np.int32), [run.count for run in runs])
    return pa.chunked_array([values.take(pa.array(which))])


def _blocks(fillings: Mapping[int, ColumnValues], runs: Iterable[RowRun]) -> Iterator[pa.Array]:
    """Give the rows of lists: equal ones are a block that is referred to again and again."""
    blocks: dict[tuple[int, int], pa.Array] = {}

    def shown(run: RowRun) -> tuple[int, int]:
        return run.episode, fillings[run.episode].of_slot[run.slot]

    for (episode, value), same in groupby(runs, shown):
        count = sum(run.count for run in same)
        block = blocks.get((episode, value))
        if block is None:
            one = fillings[episode].values.slice(value, 1)
            size = max(1, min(count, BLOCK_BYTES // max(one.nbytes, 1)))
            block = blocks[episode, value] = one.take(pa.array([0] * size))
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
    """Give the schema of `columns` for a data file, and a function that makes a row group's.

    `segments` are those of the selected episodes; other episodes of the file have none.
    `lengths` are frames of episodes by the metadata: as in OpenTau, subtasks end there, and
    rows beyond have none. Raises `Problem` where the file has such a column already, unless
    `overwrite` or the column extends it without losing anything.
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
    # The last slot of each is for rows beyond its end.
    slots = rows.Slots({e: [*found, Span(ends[e], ends[e], "")] for e, found in spans_of.items()})
    times = slots.times(file) if any(column.timed for column in columns) else {}
    existing = [_existing(file, column, overwrite=overwrite) for column in columns]

    def filling(episode: int, column: Column, kind: pa.DataType, earlier: Any) -> ColumnValues:
        begins = times[episode][1:-1].tolist() if column.timed else []
        values = column.values(Labelled(spans_of[episode], begins, earlier))
        return ColumnValues.of([*values, values[0]], kind)

    def chunks(row_group: int) -> list[pa.ChunkedArray]:
        runs = list(slots.runs(file, row_group))
        episodes = {run.episode for run in runs}
        made = []
        for column, (kind, earlier) in zip(columns, existing, strict=True):
            fillings = {
                episode: filling(episode, column, kind, earlier.get(episode))
                for episode in episodes
            }
            made.append(lay_out(fillings, runs, kind))
        return made

    kinds = zip(columns, existing, strict=True)
    return pa.schema([pa.field(column.name, kind) for column, (kind, _) in kinds]), chunks


def _ends(counts: Mapping[int, int], lengths: Mapping[int, int]) -> dict[int, int]:
    """Find the frame at which each episode's subtasks end, from its rows and its length."""
    differing = [
        episode for episode in counts if lengths.get(episode, counts[episode]) != counts[episode]
    ]
    if differing:
        episode = differing[0]
        log.warning(
            "the metadata and the rows disagree on the length of episodes %s, such as %d: %d and "
            "%d frames; subtasks go as far as both",
            format_ranges(differing),
            episode,
            lengths[episode],
            counts[episode],
        )
    return {episode: min(count, lengths.get(episode, count)) for episode, count in counts.items()}


def _existing(
    file: pq.ParquetFile, column: Column, *, overwrite: bool
) -> tuple[pa.DataType, dict[int, Any]]:
    """Decide the column's type and what stays, for each episode, of the source's column."""
    if column.name not in file.schema_arrow.names:
        return column.type, {}
    earlier, changes = {}, True
    kind = column.type
    if column.extension is not None:
        kind = column.extension.widened(file.schema_arrow.field(column.name).type)
        changes = False
        for episode, value in rows.first_values(file, column.name):
            earlier[episode] = column.extension.keeps(value)
            changes = changes or earlier[episode] != (value or [])
    if changes and not overwrite:
        raise Problem(
            f"there is a column {column.name} with subtasks already: set output: overwrite: true "
            "to replace them in the result, or leave this output out"
        )
    return kind, earlier
