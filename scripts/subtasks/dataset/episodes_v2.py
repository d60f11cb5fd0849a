"""Episodes of a v2.0 or v2.1 dataset: one data file each, and one video for each camera."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from subtasks.dataset import episode
from subtasks.dataset.episode import Clip, Episode
from subtasks.dataset.info import Info
from subtasks.dataset.json_files import BYTE_ORDER_MARK, refuse_pointer
from subtasks.dataset.listing import Listing
from subtasks.dataset.path_templates import data_template, video_templates
from subtasks.errors import Problem
from subtasks.wording import shorten

MAX_LINE_BYTES = 1 << 20


def read(root: Path, info: Info, cameras: Sequence[str], task: str | None) -> Listing:
    """List the episodes of `meta/episodes.jsonl`; raises `Problem` if that is not there.

    `cameras` are those that are sampled. With a `task`, what the metadata says of tasks is not
    read.
    """
    content = info.content
    fields = ({"episode_index"}, {"episode_chunk"})
    data_path = data_template(content, *fields)
    video_paths = video_templates(content, info.videos(cameras), *fields)
    given = content.get("chunks_size", 1000)
    chunk_size = episode.whole(given)
    if chunk_size is None or chunk_size < 1:
        raise Problem(
            f"chunks_size in meta/info.json must be a positive integer, not {shorten(given)}"
        )

    def read_row(index: int, row: dict[str, Any], where: str) -> Episode:
        length = episode.length(row.get("length"), where)
        numbers = {"episode_chunk": index // chunk_size, "episode_index": index}
        data = data_path(**numbers)
        videos = {camera: path(**numbers) for camera, path in video_paths.items()}
        return Episode(
            index=index,
            length=length,
            task=_task(row.get("tasks"), where) if task is None else task,
            data=data,
            row=0,
            clips=tuple(
                Clip(camera, videos[camera], 0.0, length / info.fps)
                if camera in videos
                else Clip(camera, data)
                for camera in cameras
            ),
        )

    listing = Listing()
    for number, row in _json_lines(root / "meta" / "episodes.jsonl"):
        where = f"meta/episodes.jsonl line {number}"
        if not isinstance(row, dict):
            listing.skip(f"{where} is {shorten(row)}, but must be a JSON object")
        elif "episode_index" not in row:
            listing.skip(f"{where} has no episode_index")
        else:
            listing.add(
                row["episode_index"],
                where,
                lambda index, row=row, where=where: read_row(index, row, where),  # type: ignore[misc]
            )
    return listing


def _task(tasks: Any, where: str) -> str:
    try:
        return episode.task(tasks)
    except Problem as problem:
        raise Problem(f"{where}: {problem}; mend it or exclude the episode") from None


class _NotJson:
    """Stands for a line that is no JSON, in sentences."""

    def __repr__(self) -> str:
        return "not valid JSON"


def _json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    if not path.is_file():
        raise Problem(f"meta/{path.name} is missing")
    refuse_pointer(path)
    with path.open("rb") as file:
        lines = iter(lambda: file.readline(MAX_LINE_BYTES), b"")
        for number, line in enumerate(lines, 1):
            text = line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line
            if text.strip():
                try:
                    yield number, json.loads(text)
                except (ValueError, RecursionError):
                    yield number, _NotJson()
