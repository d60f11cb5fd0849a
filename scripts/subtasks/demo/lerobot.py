"""What the versions of LeRobot's format have in common: features, columns, an episode's table."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from subtasks.demo import arm, drawing, encoding, statistics
from subtasks.demo.statistics import Stats

CAMERA = "observation.images.top"
ROBOT_TYPE = "two_joint_arm"
CHUNKS_SIZE = 1000

_NUMBERS = {"timestamp": "float32"} | dict.fromkeys(
    ("frame_index", "episode_index", "index", "task_index"), "int64"
)


@dataclass(frozen=True, slots=True)
class Episode:
    """A rendered episode that is not in a dataset yet.

    `columns` are by feature, each (length,) or (length, 3). `video` is a file outside the dataset,
    which the module that writes the dataset may move.
    """

    index: int
    task: str
    length: int
    columns: dict[str, np.ndarray]
    stats: dict[str, Stats]
    video: Path


def render(
    recording: arm.Recording, index: int, first_row: int, task_index: int, video: Path
) -> Episode:
    """Draw a recording, encode it into the file `video`, and collect its columns.

    `first_row` is the number of frames in the dataset before this episode.
    """
    sampled = statistics.sampled_frames(recording.length)
    sampled_pictures: list[np.ndarray] = []

    def pictures() -> Iterator[np.ndarray]:
        for frame, picture in enumerate(drawing.frames(recording)):
            if frame in sampled:
                sampled_pictures.append(picture)
            yield picture

    encoding.encode(pictures(), video, width=drawing.WIDTH, height=drawing.HEIGHT, fps=arm.FPS)
    frames = np.arange(recording.length)
    columns = {
        "observation.state": recording.state,
        "action": recording.action,
        "timestamp": (frames / arm.FPS).astype(np.float32),
        "frame_index": frames,
        "episode_index": np.full_like(frames, index),
        "index": frames + first_row,
        "task_index": np.full_like(frames, task_index),
    }
    stats = {
        feature: statistics.of_pictures(sampled_pictures)
        if feature == CAMERA
        else statistics.of_values(columns[feature])
        for feature in features()
    }
    return Episode(index, recording.task, recording.length, columns, stats, video)


def features() -> dict[str, Any]:
    """Return the `features` of meta/info.json."""
    joints = {"dtype": "float32", "shape": [len(arm.JOINT_NAMES)], "names": list(arm.JOINT_NAMES)}
    camera = {
        "dtype": "video",
        "shape": [drawing.HEIGHT, drawing.WIDTH, 3],
        "names": ["height", "width", "channel"],
        "info": {
            "video.height": drawing.HEIGHT,
            "video.width": drawing.WIDTH,
            "video.codec": "av1",
            "video.pix_fmt": encoding.PIXEL_FORMAT,
            "video.is_depth_map": False,
            "video.fps": arm.FPS,
            "video.channels": 3,
            "has_audio": False,
        },
    }
    numbers = {
        name: {"dtype": dtype, "shape": [1], "names": None} for name, dtype in _NUMBERS.items()
    }
    return {"observation.state": joints, "action": dict(joints), CAMERA: camera, **numbers}


def tasks(episodes: Sequence[Episode]) -> list[str]:
    """Return the distinct tasks in the order of their indices."""
    return list(dict.fromkeys(episode.task for episode in episodes))


def table(episode: Episode, list_type: str) -> pa.Table:
    """Return an episode's rows, with the metadata that the `datasets` library reads.

    `list_type` is that library's name for lists, which depends on its version.
    """
    fields: list[pa.Field] = []
    described: dict[str, Any] = {}
    for name, values in episode.columns.items():
        dtype = str(values.dtype)
        kind, described[name] = pa.type_for_alias(dtype), {"dtype": dtype, "_type": "Value"}
        if values.ndim == 2:
            width = values.shape[1]
            kind = pa.list_(kind, width)
            described[name] = {"feature": described[name], "length": width, "_type": list_type}
        fields.append(pa.field(name, kind))
    schema = pa.schema(fields, metadata=huggingface(described))
    arrays = [
        pa.FixedSizeListArray.from_arrays(values.reshape(-1), type=field.type)
        if values.ndim == 2
        else pa.array(values)
        for field, values in zip(fields, episode.columns.values(), strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def huggingface(described: dict[str, Any]) -> dict[str, str]:
    """Return schema metadata that describes a table's features to the `datasets` library."""
    return {"huggingface": json.dumps({"info": {"features": described}})}
