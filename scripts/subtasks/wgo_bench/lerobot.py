"""WGO-Bench as a LeRobot dataset (v2.1): one camera, one video an episode, no state.

LeRobot has one rate for a whole dataset, while these videos have several, and some an uneven one.
So the dataset's rows count time at a rate of their own, `FPS`, and an episode has as many rows as
its video is long. The workflow takes frames by the times that the video gives them, so it shows
the right ones whatever the video's rate, and rows only say how finely borders are stored.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from subtasks.files import write_json, write_text
from subtasks.wgo_bench.clips import Clip
from subtasks.wgo_bench.rows import TrueSegment

VERSION = "v2.1"
CAMERA = "observation.images.view"
FPS = 30
CHUNKS_SIZE = 1000
DATA_PATH = "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet"
VIDEO_PATH = "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4"
TRUTH_PATH = "truth/segments.parquet"
RECORD_PATH = "meta/wgo_bench.json"
LICENCE = "cc-by-nc-sa-4.0"

_TRUTH_SCHEMA = pa.schema(
    {
        "episode": pa.int64(),
        "start": pa.float64(),
        "end": pa.float64(),
        "label": pa.string(),
    }
)
_NUMBERS = {"timestamp": "float32"} | dict.fromkeys(
    ("frame_index", "episode_index", "index", "task_index"), "int64"
)


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode whose video is in the dataset: `name` and `source` are those of its row."""

    name: str
    source: str
    task: str
    segments: tuple[TrueSegment, ...]
    clip: Clip

    @property
    def length(self) -> int:
        """Rows."""
        return self.clip.length(FPS)


def video_path(root: Path, index: int) -> Path:
    """Return where the video of an episode of the dataset at `root` belongs."""
    names = {"episode_chunk": index // CHUNKS_SIZE, "episode_index": index}
    return root / VIDEO_PATH.format(**names, video_key=CAMERA)


def write(root: Path, episodes: Sequence[Episode], record: dict[str, Any]) -> None:
    """Write all but the videos into the folder `root`; `record` is added to `RECORD_PATH`."""
    tasks = list(dict.fromkeys(episode.task for episode in episodes))
    first_row = 0
    for index, episode in enumerate(episodes):
        _write_data(root, index, episode.length, first_row, tasks.index(episode.task))
        first_row += episode.length
    meta = root / "meta"
    write_json(meta / "info.json", _info(episodes, len(tasks)))
    _write_lines(
        meta / "tasks.jsonl", ({"task_index": i, "task": task} for i, task in enumerate(tasks))
    )
    _write_lines(
        meta / "episodes.jsonl",
        (
            {"episode_index": index, "tasks": [episode.task], "length": episode.length}
            for index, episode in enumerate(episodes)
        ),
    )
    _write_truth(root / TRUTH_PATH, episodes)
    described = [_described(index, episode) for index, episode in enumerate(episodes)]
    write_json(root / RECORD_PATH, record | {"licence": LICENCE, "episodes": described})


def _write_data(root: Path, index: int, length: int, first_row: int, task: int) -> None:
    frames = range(length)
    columns = {
        "timestamp": [frame / FPS for frame in frames],
        "frame_index": list(frames),
        "episode_index": [index] * length,
        "index": list(range(first_row, first_row + length)),
        "task_index": [task] * length,
    }
    schema = pa.schema({name: pa.type_for_alias(dtype) for name, dtype in _NUMBERS.items()})
    names = {"episode_chunk": index // CHUNKS_SIZE, "episode_index": index}
    path = root / DATA_PATH.format(**names)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns, schema=schema), path)


def _write_truth(path: Path, episodes: Sequence[Episode]) -> None:
    rows = [
        {"episode": index, "start": each.start, "end": each.end, "label": each.label}
        for index, episode in enumerate(episodes)
        for each in episode.segments
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=_TRUTH_SCHEMA), path)


def _described(index: int, episode: Episode) -> dict[str, Any]:
    return {
        "episode_index": index,
        "id": episode.name,
        "source": episode.source,
        "segments": len(episode.segments),
        "video": {
            "width": episode.clip.width,
            "height": episode.clip.height,
            "frames": episode.clip.frames,
            "fps": round(episode.clip.rate, 3),
            "seconds": round(episode.clip.seconds, 3),
        },
    }


def _info(episodes: Sequence[Episode], tasks: int) -> dict[str, Any]:
    sizes = Counter((episode.clip.height, episode.clip.width) for episode in episodes)
    [((height, width), _)] = sizes.most_common(1)
    camera = {
        "dtype": "video",
        # That of most; each video has its own.
        "shape": [height, width, 3],
        "names": ["height", "width", "channel"],
        "info": {"video.height": height, "video.width": width, "video.is_depth_map": False},
    }
    numbers = {
        name: {"dtype": dtype, "shape": [1], "names": None} for name, dtype in _NUMBERS.items()
    }
    return {
        "codebase_version": VERSION,
        "robot_type": "various",
        "total_episodes": len(episodes),
        "total_frames": sum(episode.length for episode in episodes),
        "total_tasks": tasks,
        "total_videos": len(episodes),
        "total_chunks": -(-len(episodes) // CHUNKS_SIZE),
        "chunks_size": CHUNKS_SIZE,
        "fps": FPS,
        "splits": {"train": f"0:{len(episodes)}"},
        "data_path": DATA_PATH,
        "video_path": VIDEO_PATH,
        "features": {CAMERA: camera, **numbers},
    }


def _write_lines(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    write_text(path, "".join(json.dumps(line) + "\n" for line in lines))
