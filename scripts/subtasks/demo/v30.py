"""LeRobot v3.0: several episodes per data file and per video file.

The files are so small that even a dozen episodes need several. Data files and each camera's video
files end at different episodes, as they do in large datasets.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from subtasks.demo import arm, encoding, lerobot, statistics
from subtasks.demo.lerobot import CAMERA, CHUNKS_SIZE, WRIST, Episode
from subtasks.demo.statistics import Stats
from subtasks.files import write_json

VERSION = "v3.0"
DATA_PATH = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
VIDEO_PATH = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"
EPISODES_PATH = "meta/episodes/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"

EPISODES_PER_DATA_FILE = 5
EPISODES_PER_VIDEO_FILE = {CAMERA: 3, WRIST: 4}

# LeRobot's defaults for the size up to which it appends to a file.
DATA_FILE_MEGABYTES = 100
VIDEO_FILE_MEGABYTES = 200


def write(root: Path, episodes: Sequence[Episode]) -> None:
    """Write the dataset into the folder `root`."""
    for number, group in enumerate(_groups(episodes, EPISODES_PER_DATA_FILE)):
        _write_data(root / DATA_PATH.format(**_file_indices(number)), group)
    for camera in lerobot.cameras(episodes):
        for number, group in enumerate(_groups(episodes, EPISODES_PER_VIDEO_FILE[camera])):
            path = root / VIDEO_PATH.format(**_file_indices(number), video_key=camera)
            path.parent.mkdir(parents=True, exist_ok=True)
            encoding.concatenate([episode.videos[camera] for episode in group], path)

    tasks = lerobot.tasks(episodes)
    write_json(root / "meta" / "info.json", _info(episodes, len(tasks)))
    write_json(root / "meta" / "stats.json", statistics.plain(_overall(episodes)))
    pq.write_table(_task_table(tasks), root / "meta" / "tasks.parquet")
    path = root / EPISODES_PATH.format(**_file_indices(0))
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(_episode_table(episodes), path)


def _groups(episodes: Sequence[Episode], size: int) -> list[Sequence[Episode]]:
    return [episodes[start : start + size] for start in range(0, len(episodes), size)]


def _file_indices(number: int) -> dict[str, int]:
    """Return the chunk and the file index of the file with this number."""
    return {"chunk_index": number // CHUNKS_SIZE, "file_index": number % CHUNKS_SIZE}


def _write_data(path: Path, episodes: Sequence[Episode]) -> None:
    """Write a data file with one row group per episode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tables = [lerobot.table(episode, list_type="List") for episode in episodes]
    with pq.ParquetWriter(path, tables[0].schema) as writer:
        for table in tables:
            writer.write_table(table)


def _overall(episodes: Sequence[Episode]) -> dict[str, Stats]:
    return {
        feature: statistics.combine([episode.stats[feature] for episode in episodes])
        for feature in episodes[0].stats
    }


def _info(episodes: Sequence[Episode], tasks: int) -> dict[str, Any]:
    described = lerobot.features(lerobot.cameras(episodes))
    for feature in described.values():
        if feature["dtype"] != "video":
            feature["fps"] = arm.FPS
    return {
        "codebase_version": VERSION,
        "robot_type": lerobot.ROBOT_TYPE,
        "total_episodes": len(episodes),
        "total_frames": sum(episode.length for episode in episodes),
        "total_tasks": tasks,
        "chunks_size": CHUNKS_SIZE,
        "data_files_size_in_mb": DATA_FILE_MEGABYTES,
        "video_files_size_in_mb": VIDEO_FILE_MEGABYTES,
        "fps": arm.FPS,
        "splits": {"train": f"0:{len(episodes)}"},
        "data_path": DATA_PATH,
        "video_path": VIDEO_PATH,
        "features": described,
    }


def _task_table(tasks: list[str]) -> pa.Table:
    """Return the tasks as pandas writes a data frame with the texts as its index."""
    index, text = "__index_level_0__", {"metadata": None, "numpy_type": "object"}
    described = {
        "index_columns": [index],
        "column_indexes": [{**text, "name": None, "field_name": None, "pandas_type": "unicode"}],
        "columns": [
            {
                "name": "task_index",
                "field_name": "task_index",
                "pandas_type": "int64",
                "numpy_type": "int64",
                "metadata": None,
            },
            {**text, "name": None, "field_name": index, "pandas_type": "unicode"},
        ],
        "attributes": {},
        "creator": {"library": "pyarrow", "version": pa.__version__},
    }
    columns = {"task_index": pa.array(range(len(tasks)), pa.int64()), index: pa.array(tasks)}
    return pa.table(columns).replace_schema_metadata({"pandas": json.dumps(described)})


def _episode_table(episodes: Sequence[Episode]) -> pa.Table:
    """Return one row per episode: where it is, its task and its statistics."""
    ends = np.cumsum([episode.length for episode in episodes])
    started = dict.fromkeys(lerobot.cameras(episodes), 0.0)
    rows = []
    for number, (episode, end) in enumerate(zip(episodes, ends.tolist(), strict=True)):
        data_file = _file_indices(number // EPISODES_PER_DATA_FILE)
        row = {
            "episode_index": episode.index,
            "data/chunk_index": data_file["chunk_index"],
            "data/file_index": data_file["file_index"],
            "dataset_from_index": end - episode.length,
            "dataset_to_index": end,
        }
        for camera in started:
            file, place = divmod(number, EPISODES_PER_VIDEO_FILE[camera])
            begin = started[camera] if place else 0.0
            started[camera] = begin + episode.length / arm.FPS
            numbers = {**_file_indices(file), "from_timestamp": begin}
            numbers["to_timestamp"] = started[camera]
            row |= {f"videos/{camera}/{name}": value for name, value in numbers.items()}
        row |= {
            "tasks": [episode.task],
            "length": episode.length,
        }
        for feature, values in statistics.plain(episode.stats).items():
            row |= {f"stats/{feature}/{name}": value for name, value in values.items()}
        rows.append(row | {"meta/episodes/chunk_index": 0, "meta/episodes/file_index": 0})
    table = pa.Table.from_pylist(rows)
    described = {field.name: _described(field.type) for field in table.schema}
    return table.replace_schema_metadata(lerobot.huggingface(described))


def _described(kind: pa.DataType) -> dict[str, Any]:
    """Return a column's type as the `datasets` library names it."""
    if pa.types.is_list(kind):
        return {"feature": _described(kind.value_type), "_type": "List"}
    names = {"double": "float64"}
    return {"dtype": names.get(str(kind), str(kind)), "_type": "Value"}
