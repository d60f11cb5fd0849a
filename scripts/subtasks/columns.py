"""The new columns of a data file, from the subtasks of its episodes."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from subtasks import rows
from subtasks.outputs.output import Column, Labelled
from subtasks.problem import Problem
from subtasks.segments import Segment, spans
from subtasks.selection import format_ranges

BLOCK = 32
"""Equal rows that are made once and then referred to, so that long runs cost no memory."""

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Filling:
    """A column's different values, and which of them belongs to each slot."""

    values: pa.Array
    of_slot: list[int]

    def rows(self, runs: Iterable[tuple[int, int]]) -> pa.ChunkedArray:
        """Lay the values out as `runs` of (slot, number of rows) tell."""
        blocks: dict[int, pa.Array] = {}
        chunks: list[pa.Array] = []
        for slot, count in runs:
            value = self.of_slot[slot]
            if value not in blocks:
                blocks[value] = self.values.take(pa.array([value] * BLOCK))
            chunks += [blocks[value]] * (count // BLOCK)
            if rest := count % BLOCK:
                chunks.append(blocks[value].slice(0, rest))
        return pa.chunked_array(chunks, self.values.type)


def fill(
    file: pq.ParquetFile,
    columns: Sequence[Column],
    segments: Mapping[int, list[Segment]],
    fps: float,
    *,
    overwrite: bool = False,
) -> tuple[pa.Schema, Callable[[int], list[pa.ChunkedArray]]]:
    """Give the schema of `columns` for a data file, and a function that makes a row group's.

    `segments` are those of the selected episodes; other episodes of the file have none. The
    file's rows rule how long an episode is. Raises `Problem` where the file has such a column
    already, unless `overwrite` or the column extends it without losing anything.
    """
    lengths = rows.lengths(file)
    if absent := segments.keys() - lengths.keys():
        log.warning("episodes %s are selected but have no rows here", format_ranges(absent))
    spans_of = {
        episode: spans(segments.get(episode, []), fps, length)
        for episode, length in lengths.items()
    }
    slots = rows.Slots(spans_of)
    times = slots.times(file) if any(column.timed for column in columns) else []
    fields, fillings = [], []
    for column in columns:
        kind, earlier = _existing(file, column, overwrite=overwrite)
        values: list[Any] = []
        of_slot: list[int] = []
        for episode, found in spans_of.items():
            first = len(of_slot) + 1
            labelled = Labelled(found, times[first : first + len(found)], earlier.get(episode))
            for value in column.values(labelled):
                if not values or value != values[-1]:
                    values.append(value)
                of_slot.append(len(values) - 1)
        fields.append(pa.field(column.name, kind))
        fillings.append(Filling(pa.array(values, kind), of_slot))

    def chunks(row_group: int) -> list[pa.ChunkedArray]:
        runs = list(slots.runs(file, row_group))
        return [filling.rows(runs) for filling in fillings]

    return pa.schema(fields), chunks


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
        found = rows.first_values(file, column.name)
        earlier = {episode: column.extension.keeps(value) for episode, value in found.items()}
        changes = any(earlier[episode] != (value or []) for episode, value in found.items())
    if changes and not overwrite:
        raise Problem(
            f"there is a column {column.name} with subtasks already: set output: overwrite: true "
            "to replace them in the result, or leave this output out"
        )
    return kind, earlier
