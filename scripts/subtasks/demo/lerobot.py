"""What the versions of LeRobot's format have in common: features, columns, an episode's table."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from subtasks.demo import arm, drawing, encoding, statistics, wrist_view
from subtasks.demo.statistics import Stats

CAMERA = "observation.images.top"
WRIST = "observation.images.wrist"
ROBOT_TYPE = "two_joint_arm"
CHUNKS_SIZE = 1000

_NUMBERS = {"timestamp": "float32"} | dict.fromkeys(
    ("frame_index", "episode_index", "index", "task_index"), "int64"
)


@dataclass(frozen=True, slots=True)
class _View:
    """How a camera's pictures are drawn, and their size in pixels."""

    frames: Callable[[arm.Recording], Iterator[np.ndarray]]
    width: int
    height: int


_VIEWS = {
    CAMERA: _View(drawing.frames, drawing.WIDTH, drawing.HEIGHT),
    WRIST: _View(wrist_view.frames, wrist_view.WIDTH, wrist_view.HEIGHT),
}


@dataclass(frozen=True, slots=True)
class Episode:
    """A rendered episode that is not in a dataset yet.

    `columns` are by feature, each (length,) or (length, 3). `videos` has a file outside the
    dataset for each camera, which the module that writes the dataset may move.
    """

    index: int
    task: str
    length: int
    columns: dict[str, np.ndarray]
    stats: dict[str, Stats]
    videos: Mapping[str, Path]


def render(
    recording: arm.Recording,
    index: int,
    first_row: int,
    task_index: int,
    videos: Mapping[str, Path],
) -> Episode:
    """Draw a recording, encode it into a file for each camera, and collect its columns.

    `first_row` is the number of frames in the dataset before this episode.
    """
    pictures = {camera: _film(recording, camera, video) for camera, video in videos.items()}
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
        feature: statistics.of_pictures(pictures[feature])
        if feature in pictures
        else statistics.of_values(columns[feature])
        for feature in features(list(videos))
    }
    return Episode(index, recording.task, recording.length, columns, stats, videos)


def _film(recording: arm.Recording, camera: str, video: Path) -> list[np.ndarray]:
    """Encode what a camera sees into the file `video`; returns the pictures for its statistics."""
    sampled = statistics.sampled_frames(recording.length)
    kept: list[np.ndarray] = []

    def pictures() -> Iterator[np.ndarray]:
        for frame, picture in enumerate(view.frames(recording)):
            if frame in sampled:
                kept.append(picture)
            yield picture

    view = _VIEWS[camera]
    encoding.encode(pictures(), video, width=view.width, height=view.height, fps=arm.FPS)
    return kept


def features(cameras: Sequence[str] = (CAMERA,)) -> dict[str, Any]:
    """Return the `features` of meta/info.json."""
    joints = {"dtype": "float32", "shape": [len(arm.JOINT_NAMES)], "names": list(arm.JOINT_NAMES)}
    numbers = {
        name: {"dtype": dtype, "shape": [1], "names": None} for name, dtype in _NUMBERS.items()
    }
    videos = {camera: _video(_VIEWS[camera]) for camera in cameras}
    return {"observation.state": joints, "action": dict(joints), **videos, **numbers}


def cameras(episodes: Sequence[Episode]) -> list[str]:
    """Return the cameras, which all episodes have."""
    return list(episodes[0].videos)


def _video(view: _View) -> dict[str, Any]:
    return {
        "dtype": "video",
        "shape": [view.height, view.width, 3],
        "names": ["height", "width", "channel"],
        "info": {
            "video.height": view.height,
            "video.width": view.width,
            "video.codec": "av1",
            "video.pix_fmt": encoding.PIXEL_FORMAT,
            "video.is_depth_map": False,
            "video.fps": arm.FPS,
            "video.channels": 3,
            "has_audio": False,
        },
    }


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
