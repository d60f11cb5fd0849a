"""SARM's labels: lists of names and times in the metadata of the episodes of a dataset (v3.0)."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from subtasks.parquet import reading
from subtasks.truth.written import WrittenSegment

KINDS = ("dense_", "sparse_", "")
"""Prefixes of its columns, the finest segments first."""

NUMBER = "episode_index"


def read(root: Path) -> tuple[str, dict[int, list[WrittenSegment]]]:
    """Read the labels of all episodes, and say which columns they are from; none without them.

    Raises `Problem` for a file that cannot be read.
    """
    paths = sorted((root / "meta" / "episodes").glob("*/*.parquet"))
    for kind in KINDS:
        names = [f"{kind}subtask_{what}" for what in ("names", "start_times", "end_times")]
        found = dict(row for path in paths for row in _rows(path, names))
        if any(found.values()):
            return names[0], {number: each for number, each in found.items() if each}
    return "", {}


def _rows(path: Path, names: Sequence[str]) -> Iterator[tuple[int, list[WrittenSegment]]]:
    with reading.opened(path) as file:
        if not {NUMBER, *names} <= set(file.schema_arrow.names):
            return
        reading.check_values(path, file, names, path.stat().st_size)
        for batch in reading.record_batches(path, file, [NUMBER, *names]):
            for row in batch.to_pylist():
                if type(row[NUMBER]) is int:
                    yield row[NUMBER], list(_segments(*(row[name] for name in names)))


def _segments(labels: Any, starts: Any, ends: Any) -> Iterator[WrittenSegment]:
    if not all(isinstance(each, list) for each in (labels, starts, ends)):
        return
    for label, start, end in zip(labels, starts, ends, strict=False):
        if isinstance(label, str) and isinstance(start, int | float):
            yield WrittenSegment(
                float(start), float(end) if isinstance(end, int | float) else None, label
            )
