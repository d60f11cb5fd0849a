"""Tables of WGO-Bench's form, with small videos whose frames show their own number."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from support import render

SCHEMA = pa.schema(
    {
        "id": pa.string(),
        "video": pa.binary(),
        "instruction": pa.string(),
        "segments": pa.list_(
            pa.struct({"start_sec": pa.float64(), "end_sec": pa.float64(), "subtask": pa.string()})
        ),
        "metadata": pa.string(),
    }
)
TABLE = "data/annotations.parquet"


@dataclass(frozen=True)
class Recording:
    """A row of the table: `times` are those of the video's frames in seconds."""

    name: str
    instruction: str
    times: Sequence[float]
    size: tuple[int, int]
    segments: Sequence[tuple[float, float, str]]
    codec: str = "h264"

    def row(self, folder: Path) -> dict[str, Any]:
        """Render the video and return the row."""
        path = render.video(
            folder / f"{self.name}.mp4",
            len(self.times),
            times=self.times,
            size=self.size,
            codec=self.codec,
            keyframes=15,
        )
        return {
            "id": self.name,
            "video": path.read_bytes(),
            "instruction": self.instruction,
            "segments": [
                {"start_sec": start, "end_sec": end, "subtask": label}
                for start, end, label in self.segments
            ],
            "metadata": json.dumps({"num_segments": len(self.segments)}),
        }


def uneven(seconds: float) -> list[float]:
    """Times of a telephone's video: 30 frames a second, later 20, with a gap in between."""
    half = [number / 30 for number in range(int(seconds * 15))]
    return half + [half[-1] + 0.4 + number / 20 for number in range(int((seconds / 2 - 0.4) * 20))]


RECORDINGS = (
    Recording(
        "homer_1",
        "pour water into the glass",
        uneven(6.0),
        (160, 90),
        [(0.0, 1.709, "twist open the lid"), (1.709, 4.02, "pour the water"), (4.02, 5.5, "close")],
    ),
    Recording(
        "droid_AUTOLab_17",
        "",
        [number / 15 for number in range(60)],
        (96, 96),
        [(0.0, 2.2, "Move the cup"), (2.5, 3.6, "Put the cup down")],
    ),
    Recording(
        "galaxea_3",
        "clear the table",
        [number / 30 for number in range(90)],
        (128, 96),
        [(0.0, 1.0, "pick up the plate"), (1.0, 2.9, "place the plate in the sink")],
        codec="av1",
    ),
)


def write(folder: Path, recordings: Sequence[Recording] = RECORDINGS, **changed: Any) -> Path:
    """Write a table below `folder` and return its path; `changed` are cells of the last row."""
    videos = folder.parent / f"{folder.name}_videos"
    videos.mkdir(parents=True, exist_ok=True)
    rows = [recording.row(videos) for recording in recordings]
    rows[-1] |= changed
    return write_rows(folder / TABLE, rows)


def write_rows(path: Path, rows: Sequence[dict[str, Any]], schema: pa.Schema = SCHEMA) -> Path:
    """Write rows as a table, one in a row group, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), path, row_group_size=1)
    return path
