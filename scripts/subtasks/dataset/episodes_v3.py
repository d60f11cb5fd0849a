"""Episodes of a v3.0 or later dataset: data files and videos hold several each."""

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow as pa

from subtasks.dataset import episode
from subtasks.dataset.episode import Episode, RemoteFile
from subtasks.dataset.info import Info
from subtasks.dataset.path_templates import data_template, video_template
from subtasks.errors import Problem
from subtasks.parquet import reading
from subtasks.wording import shorten

_DATA_FILE = re.compile(r"data/chunk-[^/]*/file-[^/]*\.parquet")


def read(
    root: Path, info: Info, camera: str | None, remote: Mapping[str, RemoteFile] | None
) -> Iterator[Episode]:
    """Read the episodes in the order of `meta/episodes`; raises `Problem`."""
    fields = {"chunk_index", "file_index"}
    data_path = data_template(info.content, fields)
    video_path = camera and video_template(info.content, camera, fields)
    video_columns = {f"videos/{camera}/{name}": kind for name, kind in _VIDEO_COLUMNS.items()}
    rows = _rows(root, _COLUMNS | (video_columns if camera else {}))
    counts = _row_counts(root) if remote is None else _remote_row_counts(remote)
    positions = _data_positions(counts, rows, data_path)
    for row, (data, first_row) in zip(rows, positions, strict=True):
        index, length, tasks, _, _, _, *video = row
        index = episode.index(index, "episode_index")
        length = episode.length(length, index)
        start, stop = (video[2], video[3]) if camera else (0.0, length / info.fps)
        if not (math.isfinite(start) and math.isfinite(stop) and 0 <= start < stop):
            raise Problem(f"episode {index} cannot span {start} s to {stop} s of its video")
        yield Episode(
            index=index,
            length=length,
            task=episode.task(tasks),
            data=data,
            row=first_row,
            video=video_path(
                chunk_index=episode.index(video[0], "chunk_index of a video"),
                file_index=episode.index(video[1], "file_index of a video"),
            )
            if video_path
            else None,
            start=start,
            stop=stop,
        )


# Positions of rows in data files ---------------------------------------------------------------


def _data_positions(
    counts: dict[str, int], rows: list[tuple[Any, ...]], data_path: Callable[..., str]
) -> Iterator[tuple[str, int]]:
    """Find each episode's data file and its first row there.

    The data files hold the frames of the whole dataset in order, so their row counts tell where
    each frame is. `data/file_index` is only used if a file is missing or damaged, because LeRobot
    0.4's converter sets it to the previous file for the first episode of each file.
    """
    frames = max(
        (
            episode.index(row[5], "dataset_from_index") + episode.length(row[1], row[0])
            for row in rows
        ),
        default=0,
    )
    files = sorted(counts, key=_numbers)
    starts = list(accumulate((counts[path] for path in files), initial=0))
    if files and starts[-1] == frames:
        for _, _, _, _, _, first_frame, *_ in rows:
            number = bisect_right(starts, first_frame) - 1
            yield files[number], first_frame - starts[number]
        return
    first_frames: dict[tuple[int, int], int] = {}
    for _, _, _, chunk, file, first_frame, *_ in rows:
        first_frames[chunk, file] = min(first_frame, first_frames.get((chunk, file), first_frame))
    for _, _, _, chunk, file, first_frame, *_ in rows:
        path = data_path(
            chunk_index=episode.index(chunk, "data/chunk_index"),
            file_index=episode.index(file, "data/file_index"),
        )
        yield path, first_frame - first_frames[chunk, file]


def _row_counts(root: Path) -> dict[str, int]:
    """Read the number of rows of each data file from its footer; {} if one is damaged."""
    counts = {}
    for path in (root / "data").glob("chunk-*/file-*.parquet"):
        if path.is_file():
            try:
                with reading.opened(path) as file:
                    counts[path.relative_to(root).as_posix()] = file.metadata.num_rows
            except (Problem, OSError):
                return {}
    return counts


def _remote_row_counts(remote: Mapping[str, RemoteFile]) -> dict[str, int]:
    """Look up the number of rows of each data file; {} if one is unknown."""
    files = {path: file for path, file in remote.items() if _DATA_FILE.fullmatch(path)}
    counts = {path: file.rows for path, file in files.items() if file.rows is not None}
    return counts if len(counts) == len(files) else {}


def _numbers(path: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", path)]


# The table of episodes ----------------------------------------------------------------------------


def _is_texts(kind: pa.DataType) -> bool:
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind = kind.value_type
    types = (pa.types.is_string, pa.types.is_large_string, pa.types.is_null)
    return any(is_type(kind) for is_type in types)


def _is_number(kind: pa.DataType) -> bool:
    return any(is_type(kind) for is_type in (pa.types.is_floating, pa.types.is_integer))


_Kind = tuple[Callable[[pa.DataType], bool], str]
_INTEGERS: _Kind = (pa.types.is_integer, "integers")
_SECONDS: _Kind = (_is_number, "seconds")
_TEXTS: _Kind = (_is_texts, "lists of strings")
_COLUMNS = {
    "episode_index": _INTEGERS,
    "length": _INTEGERS,
    "tasks": _TEXTS,
    "data/chunk_index": _INTEGERS,
    "data/file_index": _INTEGERS,
    "dataset_from_index": _INTEGERS,
}
_VIDEO_COLUMNS = {
    "chunk_index": _INTEGERS,
    "file_index": _INTEGERS,
    "from_timestamp": _SECONDS,
    "to_timestamp": _SECONDS,
}


def _rows(root: Path, columns: dict[str, _Kind]) -> list[tuple[Any, ...]]:
    """Read `columns` of meta/episodes, and none of its large stats/ columns."""
    paths = sorted((root / "meta" / "episodes").glob("chunk-*/file-*.parquet"))
    if not paths:
        raise Problem("meta/episodes has no chunk-*/file-*.parquet")
    rows: list[tuple[Any, ...]] = []
    for path in paths:
        where = path.relative_to(root)
        with reading.opened(path) as file:
            _check(file.schema_arrow, columns, where)
            for batch in reading.record_batches(path, file, list(columns)):
                table = [batch.column(name) for name in columns]
                if any(column.null_count for column in table):
                    raise Problem(f"{where} has a row with an empty cell")
                rows += zip(*(column.to_pylist() for column in table), strict=True)
    return rows


def _check(schema: pa.Schema, columns: dict[str, _Kind], where: Path) -> None:
    for name, (fits, wanted) in columns.items():
        # A duplicate name has no index either.
        if (index := schema.get_field_index(name)) < 0:
            raise Problem(f"{where} has no column {name}")
        if not fits(kind := schema.field(index).type):
            raise Problem(f"{where}: column {name} must hold {wanted}, not {shorten(str(kind))}")
