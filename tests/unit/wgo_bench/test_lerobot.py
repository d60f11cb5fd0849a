"""The dataset that is written, as the workflow and others read it."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from subtasks.dataset import dataset, episode_rows
from subtasks.wgo_bench import lerobot
from subtasks.wgo_bench.clips import Clip
from subtasks.wgo_bench.lerobot import Episode
from subtasks.wgo_bench.rows import TrueSegment

FIRST = Episode(
    "homer_1",
    "homer",
    "",
    (TrueSegment(0.0, 1.0, "take the cloth"), TrueSegment(1.5, 2.5, "wipe")),
    Clip(640, 480, frames=45, last=44 / 15, seconds=3.0),
)
SECOND = Episode(
    "droid_7", "droid", "wipe", (TrueSegment(0.0, 1.9, "wipe"),), Clip(320, 180, 60, 59 / 30, 2.0)
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for index in range(3):
        path = lerobot.video_path(tmp_path, index)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"a video")
    lerobot.write(tmp_path, [FIRST, SECOND, SECOND], {"repo_id": "me/table"})
    return tmp_path


def test_the_workflow_reads_it(root: Path) -> None:
    found = dataset.load(root)
    assert (found.version, found.fps, found.cameras) == ("v2.1", 30, (lerobot.CAMERA,))
    assert [each.task for each in found.episodes.values()] == ["", "wipe", "wipe"]
    assert [each.length for each in found.episodes.values()] == [90, 60, 60]
    assert dataset.missing(found, videos=True) == {}
    for number, each in found.episodes.items():
        rows = episode_rows.find(root / each.data, [number], whole_file=True)[number]
        assert (rows.count, rows.fault, rows.others) == (each.length, None, [])


def test_rows_count_frames_and_time(root: Path) -> None:
    tables = [pq.read_table(path) for path in sorted(root.glob("data/*/*.parquet"))]
    assert [table["index"].to_pylist()[0] for table in tables] == [0, 90, 150]
    assert tables[1]["timestamp"].to_pylist()[:3] == pytest.approx([0, 1 / 30, 2 / 30])
    assert {*tables[0]["task_index"].to_pylist()} == {0}
    assert {*tables[2]["task_index"].to_pylist()} == {1}
    info = json.loads((root / "meta/info.json").read_text())
    assert (info["total_episodes"], info["total_frames"], info["total_tasks"]) == (3, 210, 2)
    assert info["features"][lerobot.CAMERA]["shape"] == [180, 320, 3]


def test_the_truth_is_a_table(root: Path) -> None:
    assert pq.read_table(root / lerobot.TRUTH_PATH).to_pylist()[:2] == [
        {"episode": 0, "start": 0.0, "end": 1.0, "label": "take the cloth"},
        {"episode": 0, "start": 1.5, "end": 2.5, "label": "wipe"},
    ]


def test_the_record_says_which_episode_is_which_row(root: Path) -> None:
    record = json.loads((root / lerobot.RECORD_PATH).read_text())
    assert (record["repo_id"], record["licence"]) == ("me/table", "cc-by-nc-sa-4.0")
    assert record["episodes"][1] == {
        "episode_index": 1,
        "id": "droid_7",
        "source": "droid",
        "segments": 1,
        "video": {"width": 320, "height": 180, "frames": 60, "fps": 30.0, "seconds": 2.0},
    }
