"""Renders datasets of many tiny episodes, for tests of large numbers of episodes and files."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FPS = 10
FRAMES = 20
CAMERA = "observation.images.top"
JOINTS = [f"joint_{number}" for number in range(6)]
CHUNK = 1000  # files per folder
EPISODES_A_FILE = 100  # v3.0
BUFFERED = 10  # episodes per row group in the metadata of v3.0, as LeRobot writes them
STATISTICS = ("min", "max", "mean", "std", "count")

_PATHS = {
    "v2.1": (
        "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet",
        "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4",
    ),
    "v3.0": (
        "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
        "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4",
    ),
}


def render(root: Path, episodes: int, version: str = "v2.1", *, alike: bool = False) -> Path:
    """Write a dataset of `episodes` episodes, whose videos are empty files, to `root`.

    `alike` makes every data file of a folder a link to the first, so that 100,000 episodes take
    seconds. Only the episodes of the first file then have rows of their own.
    """
    data_path, video_path = _PATHS[version]
    features = {
        "observation.state": {"dtype": "float32", "shape": [len(JOINTS)], "names": JOINTS},
        CAMERA: {"dtype": "video", "shape": [96, 128, 3], "names": None},
        **{
            name: {"dtype": kind, "shape": [1], "names": None}
            for name, kind in [("timestamp", "float32"), ("frame_index", "int64")]
        },
    }
    info = {
        "codebase_version": version,
        "fps": FPS,
        "total_episodes": episodes,
        "total_frames": episodes * FRAMES,
        "chunks_size": CHUNK,
        "data_path": data_path,
        "video_path": video_path,
        "features": features,
    }
    (root / "meta").mkdir(parents=True)
    (root / "meta" / "info.json").write_text(json.dumps(info))
    if version == "v2.1":
        _metadata_v2(root, episodes)
        files = [range(index, index + 1) for index in range(episodes)]
    else:
        _metadata_v3(root, episodes)
        starts = range(0, episodes, EPISODES_A_FILE)
        files = [range(start, min(start + EPISODES_A_FILE, episodes)) for start in starts]
    for number, inside in enumerate(files):
        fields = dict(zip(("chunk_index", "file_index"), divmod(number, CHUNK), strict=True))
        fields |= {"episode_chunk": number // CHUNK, "episode_index": number}
        video = root / video_path.format(**fields, video_key=CAMERA)
        data = root / data_path.format(**fields)
        if number % CHUNK == 0:
            data.parent.mkdir(parents=True, exist_ok=True)
            video.parent.mkdir(parents=True, exist_ok=True)
            first = data
        video.touch()
        if alike and data != first and len(inside) == len(files[0]):
            os.link(first, data)
        else:
            _write_data(data, inside)
    return root


def _write_data(path: Path, episodes: range) -> None:
    """Write episodes as LeRobot does, one row group each."""
    random = np.random.default_rng(episodes.start)
    with pq.ParquetWriter(path, _SCHEMA) as writer:
        for episode in episodes:
            steps = np.where(np.arange(FRAMES) // (FRAMES // 2), 0.2, -0.2)[:, None]
            state = np.cumsum(steps * random.normal(size=len(JOINTS)), axis=0)
            columns = [
                pa.FixedSizeListArray.from_arrays(
                    pa.array(state.ravel(), pa.float32()), len(JOINTS)
                ),
                pa.array(np.arange(FRAMES, dtype=np.float32) / FPS),
                pa.array(range(FRAMES), pa.int64()),
                pa.array([episode] * FRAMES, pa.int64()),
                pa.array(range(episode * FRAMES, (episode + 1) * FRAMES), pa.int64()),
                pa.array([0] * FRAMES, pa.int64()),
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=_SCHEMA))


_SCHEMA = pa.schema(
    [
        ("observation.state", pa.list_(pa.float32(), len(JOINTS))),
        ("timestamp", pa.float32()),
        ("frame_index", pa.int64()),
        ("episode_index", pa.int64()),
        ("index", pa.int64()),
        ("task_index", pa.int64()),
    ]
)


def _metadata_v2(root: Path, episodes: int) -> None:
    with (root / "meta" / "episodes.jsonl").open("w") as lines:
        for index in range(episodes):
            line = {"episode_index": index, "tasks": [_task(index)], "length": FRAMES}
            lines.write(json.dumps(line) + "\n")


def _metadata_v3(root: Path, episodes: int) -> None:
    path = root / "meta" / "episodes" / "chunk-000" / "file-000.parquet"
    path.parent.mkdir(parents=True)
    indices = np.arange(episodes)
    places = [indices // EPISODES_A_FILE // CHUNK, indices // EPISODES_A_FILE % CHUNK]
    seconds = indices % EPISODES_A_FILE * FRAMES / FPS
    columns: dict[str, Any] = {
        "episode_index": indices,
        "tasks": [[_task(index)] for index in range(episodes)],
        "length": np.full(episodes, FRAMES),
        "data/chunk_index": places[0],
        "data/file_index": places[1],
        "dataset_from_index": indices * FRAMES,
        "dataset_to_index": (indices + 1) * FRAMES,
        f"videos/{CAMERA}/chunk_index": places[0],
        f"videos/{CAMERA}/file_index": places[1],
        f"videos/{CAMERA}/from_timestamp": seconds,
        f"videos/{CAMERA}/to_timestamp": seconds + FRAMES / FPS,
    }
    for feature in ("observation.state", CAMERA, "timestamp", "frame_index", "index"):
        for name in STATISTICS:
            values = pa.array(np.zeros(episodes * len(JOINTS)))
            columns[f"stats/{feature}/{name}"] = pa.FixedSizeListArray.from_arrays(
                values, len(JOINTS)
            )
    pq.write_table(pa.table(columns), path, row_group_size=BUFFERED)


def _task(index: int) -> str:
    return f"put block {index % 10} in the bin"
