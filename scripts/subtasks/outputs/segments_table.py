"""`meta/segments.parquet`: a table for analysis, with one row for each segment."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from subtasks.outputs.output import Output
from subtasks.segments.segment import TIME_DECIMALS, Span

if TYPE_CHECKING:
    import pyarrow as pa


def table(episodes: Iterable[tuple[int, list[Span]]], fps: float) -> "pa.Table":
    """Make the table from each episode's number and spans.

    Times are seconds in the episode: frame / fps. A segment ends where the next one starts;
    `end_frame` is no longer part of it. `original` are the model's own words where
    labels are unified, and null elsewhere.
    """
    import pyarrow as pa

    rows = [
        {
            "episode_index": episode,
            "segment_index": number,
            "start_time": round(span.start / fps, TIME_DECIMALS),
            "end_time": round(span.stop / fps, TIME_DECIMALS),
            "start_frame": span.start,
            "end_frame": span.stop,
            "subtask": span.subtask,
            "original": span.original,
        }
        for episode, spans in episodes
        for number, span in enumerate(spans)
    ]
    schema = pa.schema(
        {
            "episode_index": pa.int64(),
            "segment_index": pa.int64(),
            "start_time": pa.float64(),
            "end_time": pa.float64(),
            "start_frame": pa.int64(),
            "end_frame": pa.int64(),
            "subtask": pa.string(),
            "original": pa.string(),
        }
    )
    return pa.Table.from_pylist(rows, schema=schema)


OUTPUT = Output(name="segments", table="meta/segments.parquet")
