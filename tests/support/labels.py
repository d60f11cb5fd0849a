"""The labels in a result, and the labels that are expected there."""

from pathlib import Path

import pyarrow.parquet as pq

from subtasks.segments import subtask_files
from subtasks.segments.segment import settle
from support import opentau

FPS = 30


def responses(result: Path) -> dict[int, list[str]]:
    """Return the `response` column of each episode, frame by frame."""
    columns: dict[int, list[str]] = {}
    for path in sorted(result.glob("data/*/*.parquet")):
        rows = pq.read_table(path, columns=["episode_index", "frame_index", "response"])
        for row in rows.to_pylist():
            labels = columns.setdefault(row["episode_index"], [])
            assert row["frame_index"] == len(labels)
            labels.append(row["response"])
    return columns


def made_by_eye(real_data: Path, episode: int, frames: int) -> list[str]:
    """Return the expected column, from the labels made by eye."""
    entries = subtask_files.load(real_data / "g1_bottle_gold" / f"episode_{episode:06d}.json")
    return opentau.responses(settle(entries, FPS, frames), FPS, frames)
