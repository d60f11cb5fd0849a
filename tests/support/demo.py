"""Short demo datasets, in either version of LeRobot's format."""

import io
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from subtasks.dataset import dataset
from subtasks.dataset.episode import Clip
from subtasks.demo import arm, lerobot, v21, v30

LAYOUTS = {"v2.1": v21, "v3.0": v30}


def lay_out(
    version: str, folder: Path, cameras: Sequence[str] = (lerobot.CAMERA,), step: int = 1
) -> Path:
    """Write seven episodes of 8 to 14 frames into a dataset in `folder`; returns its root.

    They have each `step`-th frame of what is simulated, so a large one makes the arm fast.
    """
    episodes: list[lerobot.Episode] = []
    for index in range(7):
        recording = arm.simulate(0, index)
        frames = 8 + index
        short = replace(
            recording,
            state=recording.state[::step][:frames],
            action=recording.action[::step][:frames],
            blocks=recording.blocks[::step][:frames],
        )
        tasks = list(dict.fromkeys([*lerobot.tasks(episodes), short.task]))
        videos = {camera: folder / f"{index}.{camera}.mp4" for camera in cameras}
        row = sum(episode.length for episode in episodes)
        episodes.append(lerobot.render(short, index, row, tasks.index(short.task), videos))
    LAYOUTS[version].write(folder / "dataset", episodes)
    return folder / "dataset"


def store_images(root: Path, cameras: Mapping[str, str], kind: str = "PNG") -> Path:
    """Move videos of a dataset into its data files, as images of a `kind`; returns its root.

    `cameras` has the new names of the cameras that are moved.
    """
    read = dataset.load(root, cameras=list(cameras))
    columns: dict[str, dict[str, list[Any]]] = {}
    for episode in read.episodes.values():
        of_file = columns.setdefault(episode.data, {name: [] for name in cameras.values()})
        for clip in episode.clips:
            frames = shown(root, clip, episode.length)
            cells = [
                {"bytes": encoded(frame, kind), "path": f"frame_{number:06d}.{kind.lower()}"}
                for number, frame in enumerate(frames)
            ]
            of_file[cameras[clip.camera]] += cells
    for path, images in columns.items():
        table = pq.read_table(root / path)
        for name, cells in images.items():
            table = table.append_column(name, pa.array(cells))
        pq.write_table(table, root / path, row_group_size=10)
    info = json.loads((root / "meta/info.json").read_text())
    for old, new in cameras.items():
        feature = info["features"].pop(old)
        del feature["info"]
        info["features"][new] = feature | {"dtype": "image"}
        for folder in root.glob(f"videos/**/{old}"):
            shutil.rmtree(folder)
    (root / "meta/info.json").write_text(json.dumps(info))
    for path in (root / "meta/episodes").rglob("*.parquet"):
        table = pq.read_table(path)
        gone = [n for n in table.column_names if n.split("/")[1:2] in [[c] for c in cameras]]
        pq.write_table(table.drop_columns(gone), path)
    return root


def shown(root: Path, clip: Clip, length: int) -> list[np.ndarray]:
    """Decode what a camera's video shows of an episode of `length` frames."""
    assert clip.start is not None
    first = round(clip.start * arm.FPS)
    return decoded(root / clip.file)[first : first + length]


def encoded(picture: np.ndarray, kind: str) -> bytes:
    """Encode an RGB array as a PNG or JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, kind, **({"quality": 95} if kind == "JPEG" else {}))
    return buffer.getvalue()


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
