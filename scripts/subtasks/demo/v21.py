"""LeRobot v2.1: one data file per episode, and one video per camera."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from subtasks.demo import arm, lerobot, statistics
from subtasks.demo.lerobot import Episode
from subtasks.files import write_json, write_text

VERSION = "v2.1"
DATA_PATH = "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet"
VIDEO_PATH = "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4"


def write(root: Path, episodes: Sequence[Episode]) -> None:
    """Write the dataset into the folder `root`; the episodes' videos are moved into it."""
    for episode in episodes:
        names = {
            "episode_chunk": episode.index // lerobot.CHUNKS_SIZE,
            "episode_index": episode.index,
        }
        data = root / DATA_PATH.format(**names)
        data.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(lerobot.table(episode, list_type="Sequence"), data)
        for camera, video in episode.videos.items():
            path = root / VIDEO_PATH.format(**names, video_key=camera)
            path.parent.mkdir(parents=True, exist_ok=True)
            video.rename(path)

    tasks = lerobot.tasks(episodes)
    meta = root / "meta"
    write_json(meta / "info.json", _info(episodes, len(tasks)))
    _write_lines(
        meta / "tasks.jsonl", ({"task_index": i, "task": task} for i, task in enumerate(tasks))
    )
    _write_lines(
        meta / "episodes.jsonl",
        ({"episode_index": e.index, "tasks": [e.task], "length": e.length} for e in episodes),
    )
    _write_lines(
        meta / "episodes_stats.jsonl",
        ({"episode_index": e.index, "stats": statistics.plain(e.stats)} for e in episodes),
    )


def _info(episodes: Sequence[Episode], tasks: int) -> dict[str, Any]:
    return {
        "codebase_version": VERSION,
        "robot_type": lerobot.ROBOT_TYPE,
        "total_episodes": len(episodes),
        "total_frames": sum(episode.length for episode in episodes),
        "total_tasks": tasks,
        "total_videos": len(episodes) * len(lerobot.cameras(episodes)),
        "total_chunks": -(-len(episodes) // lerobot.CHUNKS_SIZE),
        "chunks_size": lerobot.CHUNKS_SIZE,
        "fps": arm.FPS,
        "splits": {"train": f"0:{len(episodes)}"},
        "data_path": DATA_PATH,
        "video_path": VIDEO_PATH,
        "features": lerobot.features(lerobot.cameras(episodes)),
    }


def _write_lines(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    write_text(path, "".join(json.dumps(line) + "\n" for line in lines))
