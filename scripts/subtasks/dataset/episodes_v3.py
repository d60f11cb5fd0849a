"""Episodes of a v3.0 or later dataset: data files and videos hold several each."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from subtasks.dataset import episode
from subtasks.dataset.data_positions import DataPositions
from subtasks.dataset.episode import Clip, Episode, RemoteFile
from subtasks.dataset.info import Info
from subtasks.dataset.listing import Listing
from subtasks.dataset.path_templates import data_template, video_templates
from subtasks.errors import Problem
from subtasks.parquet import reading

_REQUIRED = ("episode_index", "length")
_POSITION = ("data/chunk_index", "data/file_index", "dataset_from_index")
_VIDEO = ("chunk_index", "file_index", "from_timestamp", "to_timestamp")

Row = Mapping[str, Any]


def read(
    root: Path,
    info: Info,
    cameras: Sequence[str],
    task: str | None,
    remote: Mapping[str, RemoteFile] | None,
) -> Listing:
    """List the episodes of `meta/episodes`; raises `Problem` if its tables cannot be read.

    `cameras` are those that are sampled. With a `task`, what the metadata says of tasks is not
    read.
    """
    fields = {"chunk_index", "file_index"}
    data_path = data_template(info.content, fields)
    video_paths = video_templates(info.content, info.videos(cameras), fields)
    of_videos = [name for camera in video_paths for name in _columns(camera)]
    optional = [*_POSITION, *([] if task is not None else ["tasks"])]
    rows = list(_rows(root, [*_REQUIRED, *of_videos], optional))
    positions = DataPositions.of(root, remote, [row for _, row in rows], data_path)

    def read_row(where: str, row: Row, index: int) -> Episode:
        length = episode.length(row["length"], where)
        try:
            text = episode.task(row.get("tasks")) if task is None else task
            data, first_row = positions.find(row)
            clips = tuple(
                _clip(row, camera, video_paths[camera])
                if camera in video_paths
                else Clip(camera, data)
                for camera in cameras
            )
        except Problem as problem:
            raise Problem(f"{where}: {problem}; mend it or exclude the episode") from None
        return Episode(index, length, text, data, first_row, clips)

    listing = Listing()
    for where, row in rows:
        listing.add(row["episode_index"], where, partial(read_row, where, row))
    return listing


def _columns(camera: str) -> list[str]:
    """Return the columns of meta/episodes that say where in its videos a camera shows episodes."""
    return [f"videos/{camera}/{name}" for name in _VIDEO]


def _clip(row: Row, camera: str, path: Callable[..., str]) -> Clip:
    """Return which of a camera's videos shows an episode, and where in it."""
    chunk, file, start, stop = _columns(camera)
    begin, end = (episode.seconds(row[name], name) for name in (start, stop))
    if not (math.isfinite(begin) and math.isfinite(end) and 0 <= begin < end):
        raise Problem(f"{start} and {stop} are {begin} and {end}, which is no stretch of a video")
    numbers = {
        "chunk_index": episode.index(row[chunk], chunk),
        "file_index": episode.index(row[file], file),
    }
    return Clip(camera, path(**numbers), begin, end)


def _rows(root: Path, required: list[str], optional: list[str]) -> Iterator[tuple[str, Row]]:
    """Read columns of meta/episodes, and none of its large stats/ columns.

    Yields where each row is, and its cells. An optional column may be missing.
    """
    paths = sorted((root / "meta" / "episodes").glob("chunk-*/file-*.parquet"))
    if not paths:
        raise Problem("meta/episodes has no chunk-*/file-*.parquet")
    for path in paths:
        where = path.relative_to(root)
        with reading.opened(path) as file:
            names = file.schema_arrow.names
            for name in [*required, *optional]:
                if names.count(name) > 1:
                    raise Problem(f"{where} has the column {name} twice")
                if name in required and name not in names:
                    raise Problem(f"{where} has no column {name}")
            columns = [*required, *(name for name in optional if name in names)]
            number = 0
            for batch in reading.record_batches(path, file, columns):
                cells = zip(*(batch.column(name).to_pylist() for name in columns), strict=True)
                for row in cells:
                    yield f"{where} row {number}", dict(zip(columns, row, strict=True))
                    number += 1
