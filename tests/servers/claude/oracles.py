"""Oracles know the right answers: they map a question to the true subtasks of its episode.

`RealEpisodes` and `TruthFiles` find the episode by the duration in the prompt. Then they compare
pictures: the first tile of each must match the video at the time its label says. A workflow that
sends other frames than it claims gets no answer.
"""

import io
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from servers.claude.question import Picture, Question
from support import sheets

DURATION_TOLERANCE = 0.051  # seconds, since a prompt may round to one decimal
THUMBNAIL = (32, 24)
# Root mean square in grey levels between a picture and the frame it should show. For the real
# and the rendered episodes, the right frame is below 2.5 and one of another episode above 6.
PICTURE_TOLERANCE = 4.0
MOST_ROWS = 10  # of a contact sheet
CHECKED_PICTURES = 3  # per question: the first, the last and one between

Subtasks = Sequence[dict[str, Any]]  # [{"time": 0.0, "subtask": "reach for the cup"}, …]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about the episode of a question."""

    episode: str
    subtasks: tuple[dict[str, Any], ...]


class Unrecognised(Exception):
    """The oracle does not know the episode; the message says why."""


Oracle = Callable[[Question], Known]


@dataclass(frozen=True, slots=True)
class FixedLabels:
    """Returns the same subtasks for every question."""

    subtasks: Subtasks

    def __call__(self, question: Question) -> Known:
        return Known("any", tuple(self.subtasks))


@dataclass(frozen=True, slots=True)
class FromFunction:
    """Calls a function for the subtasks; the duration in the prompt identifies the episode."""

    function: Callable[[Question], Subtasks]

    def __call__(self, question: Question) -> Known:
        return Known(f"{question.duration} s", tuple(self.function(question)))


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode with known subtasks and the position of its video. Times are in seconds."""

    key: str
    duration: float
    subtasks: tuple[dict[str, Any], ...]
    video: Path
    start: float = 0.0  # of the episode in its video file


class Episodes:
    """Recognises episodes by the duration in the prompt and by the pictures."""

    def __init__(self, episodes: Sequence[Episode]) -> None:
        self.episodes = tuple(episodes)

    def __call__(self, question: Question) -> Known:
        stated = question.duration
        if stated is None:
            raise Unrecognised("no duration is stated")
        candidates = [
            episode
            for episode in self.episodes
            if abs(episode.duration - stated) <= DURATION_TOLERANCE
        ]
        if not candidates:
            raise Unrecognised(f"no known episode lasts {stated} s")
        if not question.pictures:
            raise Unrecognised("there are no pictures")
        step = max(1, (len(question.pictures) - 1) // (CHECKED_PICTURES - 1))
        pictures = question.pictures[::step]
        differences = [_difference(pictures, episode) for episode in candidates]
        best = min(differences)
        if best > PICTURE_TOLERANCE:
            raise Unrecognised(
                f"the pictures do not show what the episode of {stated} s shows at those times "
                f"(difference {best:.1f})"
            )
        episode = candidates[differences.index(best)]
        return Known(episode.key, episode.subtasks)


@dataclass(frozen=True, slots=True)
class ImpreciseAtFirst:
    """Knows what another oracle knows, but is off by `seconds` until it sees borders in strips.

    Borders are found too late and too early by turns.
    """

    oracle: Oracle
    seconds: float

    def __call__(self, question: Question) -> Known:
        known = self.oracle(question)
        if question.pictures and question.pictures[0].border:
            return known
        first, *others = known.subtasks
        moved = [
            entry | {"time": entry["time"] + (-self.seconds if number % 2 else self.seconds)}
            for number, entry in enumerate(others)
        ]
        return Known(known.episode, (first, *moved))


class TruthFiles(Episodes):
    """The episodes of a local LeRobot dataset (v2.1 or v3.0), with one JSON file of labels each.

    `labels` is the folder of `episode_000000.json`, …, as OpenTau reads them: lists of `time` and
    `subtask`. It defaults to the folder `truth` of the dataset. `camera` is the video feature to
    compare with, the first by default.
    """

    def __init__(
        self, dataset: Path, labels: Path | None = None, camera: str | None = None
    ) -> None:
        labels = labels or dataset / "truth"
        info = json.loads((dataset / "meta/info.json").read_text())
        camera = camera or next(
            name for name, feature in info["features"].items() if feature["dtype"] == "video"
        )
        read = _episodes_v3 if info["codebase_version"].startswith("v3") else _episodes_v2
        super().__init__(
            [
                Episode(key, duration, tuple(json.loads(path.read_text())), video, start)
                for key, duration, video, start in read(dataset, info, camera)
                if (path := labels / f"{key}.json").exists()
            ]
        )


class RealEpisodes(TruthFiles):
    """The 8 real episodes with the labels made by eye; takes the folder of the recordings."""

    def __init__(self, data: Path) -> None:
        super().__init__(data / "g1_bottle_v2.1", data / "g1_bottle_gold")


_Row = tuple[str, float, Path, float]  # key, duration, video, start in the video


def _key(index: int) -> str:
    return f"episode_{index:06d}"


def _episodes_v2(dataset: Path, info: dict[str, Any], camera: str) -> list[_Row]:
    lines = (dataset / "meta/episodes.jsonl").read_text().splitlines()
    rows = []
    for row in map(json.loads, lines):
        index = row["episode_index"]
        video = info["video_path"].format(
            episode_chunk=index // info["chunks_size"], video_key=camera, episode_index=index
        )
        rows.append((_key(index), row["length"] / info["fps"], dataset / video, 0.0))
    return rows


def _episodes_v3(dataset: Path, info: dict[str, Any], camera: str) -> list[_Row]:
    import pyarrow.parquet as pq

    rows = []
    for path in sorted((dataset / "meta/episodes").glob("*/*.parquet")):
        names = ("chunk_index", "file_index", "from_timestamp")
        columns = ["episode_index", "length", *(f"videos/{camera}/{name}" for name in names)]
        for row in pq.read_table(path, columns=columns).to_pylist():
            index, length, chunk, file, start = (row[column] for column in columns)
            video = info["video_path"].format(video_key=camera, chunk_index=chunk, file_index=file)
            rows.append((_key(index), length / info["fps"], dataset / video, start))
    return rows


def _difference(pictures: Sequence[Picture], episode: Episode) -> float:
    """Return the largest difference between pictures and frames, in grey levels."""
    worst = 0.0
    for picture in pictures:
        time = picture.times[0] if picture.times else 0.0
        if time > episode.duration:
            return float("inf")
        expected, aspect = _frames(episode.video, round(episode.start + time, 6))
        distances = [
            _distance(tile, frame) for tile in _tiles(picture, aspect) for frame in expected
        ]
        worst = max(worst, min(distances, default=float("inf")))
    return worst


def _tiles(picture: Picture, aspect: float) -> list[np.ndarray]:
    """Return candidates for the first picture of the first tile.

    Neither says an image whether it is a sheet, nor a sheet how many rows it has.
    """
    tiles = []
    with Image.open(io.BytesIO(picture.data)) as image:
        grey = image.convert("L")
    for top, bottom in [(0, grey.height), *_first_rows(grey.height)]:
        width = (bottom - top) * aspect
        if width <= grey.width + 1:
            tiles.append(_thumbnail(grey.crop((0, top, round(width), bottom))))
    return tiles or [_thumbnail(grey)]


def _first_rows(height: int) -> Iterator[tuple[int, int]]:
    """Give the top and bottom of the pictures in the first row of a sheet, below their times."""
    for rows in range(1, MOST_ROWS + 1):
        bottom = (height - sheets.GUTTER * (rows - 1)) // rows
        if bottom > sheets.LEAST_STRIP:
            yield sheets.strip(bottom), bottom


def _thumbnail(grey: Image.Image) -> np.ndarray:
    return np.asarray(grey.resize(THUMBNAIL, Image.Resampling.BOX), dtype=float)


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.sqrt(((one - other) ** 2).mean()))


_decoding = threading.Lock()


def _frames(video: Path, time: float) -> tuple[list[np.ndarray], float]:
    """Return thumbnails of the frame at `time` and its neighbours, and the aspect ratio.

    Neighbours count, since a time between two frames can mean either.
    """
    with _decoding:
        return _decoded(video, time)


@lru_cache(maxsize=4096)
def _decoded(video: Path, time: float) -> tuple[list[np.ndarray], float]:
    import av

    thumbnails = []
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        first = float((stream.start_time or 0) * stream.time_base)
        step = 1 / float(stream.average_rate)
        begin = max(first, first + time - 1.5 * step)
        container.seek(int(begin / stream.time_base), stream=stream)
        for frame in container.decode(stream):
            if frame.time > first + time + 1.5 * step and thumbnails:
                break
            if frame.time >= begin:
                thumbnails.append(_thumbnail(frame.to_image().convert("L")))
        return thumbnails, stream.width / stream.height
