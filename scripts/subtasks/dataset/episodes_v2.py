"""Episodes of a v2.0 or v2.1 dataset: one data file and one video each."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from subtasks.dataset import episode
from subtasks.dataset.episode import Episode
from subtasks.dataset.info import Info
from subtasks.dataset.path_templates import data_template, video_template
from subtasks.errors import Problem
from subtasks.wording import shorten

MAX_LINE_BYTES = 1 << 20


def read(root: Path, info: Info, camera: str | None) -> Iterator[Episode]:
    """Read the episodes in the order of `meta/episodes.jsonl`; raises `Problem`."""
    content = info.content
    fields = ({"episode_index"}, {"episode_chunk"})
    data_path = data_template(content, *fields)
    video_path = camera and video_template(content, camera, *fields)
    chunk_size = content.get("chunks_size", 1000)
    if type(chunk_size) is not int or chunk_size < 1:
        raise Problem(
            f"chunks_size in meta/info.json must be a positive integer, not {shorten(chunk_size)}"
        )
    for number, row in _json_lines(root / "meta" / "episodes.jsonl"):
        try:
            index, length = row["episode_index"], row["length"]
        except (TypeError, KeyError):
            raise Problem(
                f"meta/episodes.jsonl line {number} lacks episode_index or length"
            ) from None
        index = episode.index(index, "episode_index")
        length = episode.length(length, index)
        numbers = {"episode_chunk": index // chunk_size, "episode_index": index}
        yield Episode(
            index=index,
            length=length,
            task=episode.task(row.get("tasks")),
            data=data_path(**numbers),
            row=0,
            video=video_path(**numbers) if video_path else None,
            start=0.0,
            stop=length / info.fps,
        )


def _json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    if not path.is_file():
        raise Problem(f"meta/{path.name} is missing")
    with path.open("rb") as file:
        lines = iter(lambda: file.readline(MAX_LINE_BYTES), b"")
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield number, json.loads(line)
                except (ValueError, RecursionError):
                    raise Problem(f"meta/{path.name} line {number} is not valid JSON") from None
