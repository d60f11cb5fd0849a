"""Short demo datasets, in either version of LeRobot's format."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyarrow.parquet as pq

from subtasks.demo import arm, lerobot, v21, v30

LAYOUTS = {"v2.1": v21, "v3.0": v30}


def lay_out(version: str, folder: Path, cameras: Sequence[str] = (lerobot.CAMERA,)) -> Path:
    """Write seven episodes of 8 to 14 frames into a dataset in `folder`; returns its root."""
    episodes: list[lerobot.Episode] = []
    for index in range(7):
        recording = arm.simulate(0, index)
        frames = 8 + index
        short = replace(
            recording,
            state=recording.state[:frames],
            action=recording.action[:frames],
            blocks=recording.blocks[:frames],
        )
        tasks = list(dict.fromkeys([*lerobot.tasks(episodes), short.task]))
        videos = {camera: folder / f"{index}.{camera}.mp4" for camera in cameras}
        row = sum(episode.length for episode in episodes)
        episodes.append(lerobot.render(short, index, row, tasks.index(short.task), videos))
    LAYOUTS[version].write(folder / "dataset", episodes)
    return folder / "dataset"


def decoded(path: Path) -> list[np.ndarray]:
    """Decode all frames of a video as RGB arrays."""
    with av.open(path) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def first_json(root: Path, path: str) -> Any:
    """Read a JSON file's first line, with the camera of the real recordings named as the demo's."""
    return json.loads(_renamed((root / path).read_text().splitlines()[0]))


def types(root: Path, pattern: str) -> dict[str, str]:
    """Types of the columns of the first file that matches, without the lengths of lists."""
    schema = pq.read_schema(sorted(root.glob(pattern))[0])
    return {
        _renamed(field.name): str(field.type).replace("[3]", "[]").replace("[26]", "[]")
        for field in schema
    }


def check_info(ours: Path, real: Path) -> None:
    """Compare meta/info.json: the same keys, and the same values where they do not depend on us."""
    our_info, real_info = (
        json.loads(_renamed((root / "meta" / "info.json").read_text())) for root in (ours, real)
    )
    assert our_info.keys() == real_info.keys()
    for key in ("codebase_version", "chunks_size", "data_path", "video_path", "fps"):
        assert our_info[key] == real_info[key]
    assert our_info["features"].keys() == real_info["features"].keys()
    for feature, description in real_info["features"].items():
        assert our_info["features"][feature].keys() == description.keys()
        assert our_info["features"][feature]["dtype"] == description["dtype"]


def check_stats(ours: dict[str, Any], real: dict[str, Any]) -> None:
    """Compare statistics: the same features, and numbers nested equally deep."""
    assert ours.keys() == real.keys()
    for feature in ours:
        shapes = [{key: np.ndim(v) for key, v in some[feature].items()} for some in (ours, real)]
        assert shapes[0] == shapes[1]


def _renamed(text: str) -> str:
    return text.replace("observation.images.cam_high", "observation.images.top")
