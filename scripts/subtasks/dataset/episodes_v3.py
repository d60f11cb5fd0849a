"""Episodes of a dataset of v3.0 or later: several to a data file and several to a video."""

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
    """Give the episodes in the order of `meta/episodes`; raises `Problem`."""
    fields = {"chunk_index", "file_index"}
    data_path = data_template(info.content, fields)
    video_path = camera and video_template(info.content, camera, fields)
    video = {f"videos/{camera}/{name}": kind for name, kind in _VIDEO_COLUMNS.items()}
    rows = _rows(root, _COLUMNS | (video if camera else {}))
    counts = _row_counts(root) if remote is None else _remote_row_counts(remote)
    places = _data_places(counts, rows, data_path)
    for row, (data, first_row) in zip(rows, places, strict=True):
        index, length, tasks, _, _, _, *place = row
        index = episode.index(index, "episode_index")
        length = episode.length(length, index)
        start, stop = (place[2], place[3]) if camera else (0.0, length / info.fps)
        if not (math.isfinite(start) and math.isfinite(stop) and 0 <= start < stop):
            raise Problem(f"episode {index} lies from {start} s to {stop} s of its video")
        yield Episode(
            index=index,
            length=length,
            task=episode.task(tasks),
            data=data,
            row=first_row,
            video=video_path(
                chunk_index=episode.index(place[0], "chunk_index of a video"),
                file_index=episode.index(place[1], "file_index of a video"),
            )
            if video_path
            else None,
            start=start,
            stop=stop,
        )


# Where rows lie ---------------------------------------------------------------------------------


def _data_places(
    counts: dict[str, int], rows: list[tuple[Any, ...]], data_path: Callable[..., str]
) -> Iterator[tuple[str, int]]:
    """Data file of each episode and the episode's first row in it.

    The data files hold the frames of the whole dataset one after the other, so their row
    counts say where a frame lies. LeRobot 0.4's converter gives the first episode of each
    file the number of the file before; `data/file_index` only counts where a file is missing
    or damaged.
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
        for _, _, _, _, _, begin, *_ in rows:
            number = bisect_right(starts, begin) - 1
            yield files[number], begin - starts[number]
        return
    first: dict[tuple[int, int], int] = {}
    for _, _, _, chunk, file, begin, *_ in rows:
        first[chunk, file] = min(begin, first.get((chunk, file), begin))
    for _, _, _, chunk, file, begin, *_ in rows:
        path = data_path(
            chunk_index=episode.index(chunk, "data/chunk_index"),
            file_index=episode.index(file, "data/file_index"),
        )
        yield path, begin - first[chunk, file]


def _row_counts(root: Path) -> dict[str, int]:
    """Rows of each data file, by its footer; none where one is damaged."""
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
    """Rows of each data file as they were found when the dataset was listed."""
    counts = {path: file.rows for path, file in remote.items() if _DATA_FILE.fullmatch(path)}
    return {} if None in counts.values() else counts


def _numbers(path: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", path)]


# The table of episodes ----------------------------------------------------------------------------


def _is_texts(kind: pa.DataType) -> bool:
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind = kind.value_type
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_floating(kind) or pa.types.is_integer(kind)


_Kind = tuple[Callable[[pa.DataType], bool], str]
_INTEGERS: _Kind = (pa.types.is_integer, "integers")
_SECONDS: _Kind = (_is_number, "seconds")
_TEXTS: _Kind = (_is_texts, "lists of texts")
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
    """Rows of meta/episodes, in the order of `columns`; the large stats/ columns stay unread."""
    paths = sorted((root / "meta" / "episodes").glob("chunk-*/file-*.parquet"))
    if not paths:
        raise Problem("meta/episodes holds no chunk-*/file-*.parquet")
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
    for name, (fits, words) in columns.items():
        # A name that stands there twice has no index either.
        if (index := schema.get_field_index(name)) < 0:
            raise Problem(f"{where} lacks the column {name}")
        if not fits(kind := schema.field(index).type):
            raise Problem(f"{where} has a column {name} of {shorten(str(kind))}, not of {words}")
