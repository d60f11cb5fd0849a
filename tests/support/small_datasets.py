"""Small datasets without data files, for tests of how metadata is read and refused."""

import json
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from subtasks.dataset import dataset
from subtasks.errors import Problem

CAMERA = "observation.images.top"
WRIST = "observation.images.wrist"
V3_COLUMNS = {
    "episode_index": [0, 1],
    "length": [20, 30],
    "tasks": [["a"], ["b"]],
    "data/chunk_index": [0, 0],
    "data/file_index": [0, 0],
    "dataset_from_index": [0, 20],
    f"videos/{CAMERA}/chunk_index": [0, 0],
    f"videos/{CAMERA}/file_index": [0, 0],
    f"videos/{CAMERA}/from_timestamp": [0.0, 2.0],
    f"videos/{CAMERA}/to_timestamp": [2.0, 5.0],
    # The videos of this camera end elsewhere.
    f"videos/{WRIST}/chunk_index": [0, 1],
    f"videos/{WRIST}/file_index": [3, 0],
    f"videos/{WRIST}/from_timestamp": [7.5, 0.0],
    f"videos/{WRIST}/to_timestamp": [9.5, 3.0],
    "stats/whatever/mean": [[0.0] * 100] * 2,
}

SEVERAL = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def info_json(version: str = "v2.1", **changes: Any) -> dict[str, Any]:
    """Make the content of an info.json like LeRobot's."""
    paths = {
        "v2.1": (
            "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet",
            "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4",
        ),
        "v3.0": (
            "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
            "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4",
        ),
    }
    data_path, video_path = paths[version]
    return {
        "codebase_version": version,
        "fps": 10,
        "chunks_size": 2,
        "data_path": data_path,
        "video_path": video_path,
        "features": {
            "observation.images.depth": {
                "dtype": "video",
                "shape": [4, 4, 1],
                "info": {"video.is_depth_map": True},
            },
            WRIST: {"dtype": "video", "shape": [4, 4, 3]},
            CAMERA: {"dtype": "video", "shape": [4, 4, 3]},
            "observation.images.raw": {"dtype": "image", "shape": [4, 4, 3]},
        },
        **changes,
    }


def make_v2(root: Path, content: Any, episodes: list[Any] | None = None) -> Path:
    """Write the metadata of a v2.1 dataset; texts are written as they are."""
    (root / "meta").mkdir(parents=True)
    (root / "meta/info.json").write_text(
        content if isinstance(content, str) else json.dumps(content)
    )
    if episodes is None:
        episodes = [{"episode_index": i, "tasks": [f"task {i}"], "length": 20} for i in range(5)]
    lines = [line if isinstance(line, str) else json.dumps(line) for line in episodes]
    (root / "meta/episodes.jsonl").write_text("\n".join(lines) + "\n")
    return root


def make_v3(root: Path, **changes: Any) -> Path:
    """Write the metadata of a v3.0 dataset; a column that is empty is left out."""
    (root / "meta/episodes/chunk-000").mkdir(parents=True)
    (root / "meta/info.json").write_text(json.dumps(info_json("v3.0")))
    columns = V3_COLUMNS | changes
    table = pa.table({name: column for name, column in columns.items() if len(column)})
    pq.write_table(table, root / "meta/episodes/chunk-000/file-000.parquet")
    return root


def read_or_refused(root: Path, cameras: Sequence[str] | None = None) -> None:
    """Assert that a dataset can be read, or is refused in one short sentence."""
    try:
        read = dataset.load(root, cameras=cameras)
    except Problem as problem:
        said = str(problem)
    else:
        said = ""
        _well_formed(read)
    assert "\n" not in said
    assert len(said) < 1000


def _well_formed(read: dataset.Dataset) -> None:
    for each in read.episodes.values():
        assert tuple(clip.camera for clip in each.clips) == read.cameras
        for clip in each.clips:
            if clip.start is None or clip.stop is None:
                assert (clip.file, clip.start, clip.stop) == (each.data, None, None)
            else:
                assert isfinite(clip.stop)
                assert clip.stop > clip.start >= 0
    found = (*read.motion.state, *read.motion.action)
    assert all(isinstance(name, str) for feature in found for name in feature.names)
    assert all(isinstance(fault, str) and "\n" not in fault for fault in read.faults.values())
