"""Measure the peak memory of the programs, on real and on very large data.

Every program runs as its rule runs it, on the real recordings and on three data files of 2 GB:
with one row group per episode, as LeRobot records; with row groups of a million rows, the default
maximum of pandas and Arrow; and with a single one of ten million rows. frames.py measures that
the length of a video does not matter. The goal is printed beside the results; nothing fails for
its size.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests"))

from support import usage  # noqa: E402

GOAL = 300
FPS = 30
COLUMN = "observation.state"
OUTPUTS = ("response", "subtask_index", "language_persistent")
EPISODE_FRAMES = 1800
EPISODE_BYTES = 26 * 2 * 4 * EPISODE_FRAMES  # of incompressible numbers
LABELS = 40  # subtasks per episode
LARGEST_GROUP = 1 << 20  # rows, the default of the writers

RENDER = """
import json, sys
from pathlib import Path
import numpy as np, pyarrow as pa, pyarrow.parquet as pq
path, episodes, frames, size = sys.argv[1], *map(int, sys.argv[2:5])
random = np.random.default_rng(0)
def table(episode):
    numbers = [pa.array(random.random(frames * 26, np.float32)) for _ in range(2)]
    lists = [pa.FixedSizeListArray.from_arrays(column, 26) for column in numbers]
    times = pa.array(np.arange(frames, dtype=np.float32) / 30)
    index = pa.array(np.arange(frames) + episode * frames)
    columns = [*lists, times, pa.array(range(frames)), pa.array([episode] * frames), index]
    names = ["observation.state", "action", "timestamp", "frame_index", "episode_index", "index"]
    return pa.table(columns, names)
with pq.ParquetWriter(path, table(0).schema, use_dictionary=False) as writer:
    step = max(size // frames, 1)
    for first in range(0, episodes, step):
        group = range(first, min(first + step, episodes))
        writer.write_table(pa.concat_tables(map(table, group)), size)
"""


def program(name: str, *arguments: object) -> usage.Usage:
    """Run the program of a rule."""
    return usage.of([sys.executable, PROJECT / "scripts" / f"{name}.py", *arguments])


def show(what: str, found: usage.Usage) -> None:
    """Print the peak memory of a program."""
    usage.show(what, f"{found.memory:6.0f} MB {found.cpu:8.2f} s CPU", f"{GOAL} MB")


def real(data: Path, folder: Path) -> None:
    """Run the programs on the real recordings with several episodes per file."""
    print("\nReal recordings")
    root = data / "g1_bottle_v3.0"
    videos = sorted((root / "videos").rglob("*.mp4"))
    sampled = [
        program(
            "sample_frames",
            *("--camera", "top", video.name, video, 0, 9),
            *("--frames=270", f"--episode-fps={FPS}", f"--output={folder}/frames.zip"),
        )
        for video in videos
    ]
    show("sample_frames", max(sampled, key=lambda each: each.memory))
    files = sorted((root / "data").rglob("*.parquet"))
    on_data_file(files[0], folder, list(range(3)), rows=1083, frames=290)


def on_data_file(path: Path, folder: Path, episodes: list[int], rows: int, frames: int) -> None:
    """Run every program that reads a data file of `rows` rows."""
    labels = folder / "subtasks"
    shutil.rmtree(labels, ignore_errors=True)
    labels.mkdir()
    for episode in episodes:
        entries = [
            {"time": round(number * frames / FPS / LABELS, 6), "subtask": f"do the step {number}"}
            for number in range(LABELS)
        ]
        (labels / f"episode_{episode:06d}.json").write_text(json.dumps(entries))
    robot, last_one = folder / "robot.json", episodes[-1]
    features = {"robot_type": None, "state": [{"key": COLUMN, "names": []}], "action": []}
    common = ("--fps", FPS)
    described = program(
        "describe_robot",
        *("--features", json.dumps(features), "--episode", last_one, path, *common),
        *("--output", robot),
    )
    show("describe_robot, the last episode of the file", described)
    for name in ("find_motion", "segment_motion"):
        last = program(
            name,
            *("--robot", robot, "--data", path, "--episode", last_one, *common),
            *("--output", folder / "found.json"),
        )
        show(f"{name}, the last episode of the file", last)
    chosen = ("--episodes", f"{episodes[0]}-{episodes[-1]}", "--subtasks", labels)
    table = folder / "subtasks.parquet"
    show("number_subtasks", program("number_subtasks", *chosen, "--output", table))
    for outputs in (OUTPUTS[:1], OUTPUTS):
        written = program(
            "write_data",
            *("--source", path, *chosen, "--fps", FPS, "--outputs", *outputs),
            *("--numbers", table, "--output", folder / "written.parquet"),
        )
        show(f"write_data, {' '.join(outputs)}", written)


def large(folder: Path, size: int) -> None:
    """Run the programs on a data file of `size` bytes."""
    episodes = max(size // EPISODE_BYTES, 2)
    rows = episodes * EPISODE_FRAMES
    for group, title in (
        (EPISODE_FRAMES, "a row group an episode"),
        (LARGEST_GROUP, "row groups of a million rows"),
        (rows, "one row group"),
    ):
        path = folder / "large.parquet"
        usage.python(RENDER, path, episodes, EPISODE_FRAMES, group)
        megabytes = path.stat().st_size / 1e6
        print(f"\nA data file of {megabytes:,.0f} MB, {episodes:,} episodes, {title}")
        on_data_file(path, folder, list(range(episodes)), rows, EPISODE_FRAMES)
        path.unlink()


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a data file of 50 MB")
    args = parser.parse_args()
    data = Path(os.environ.get("SUBTASKS_REAL_DATA", PROJECT.parent / "shared" / "data"))
    with tempfile.TemporaryDirectory() as folder:
        if (data / "g1_bottle_v3.0").is_dir():
            real(data, Path(folder))
        else:
            print(f"memory: no real recordings at {data}: set SUBTASKS_REAL_DATA")
        large(Path(folder), 50_000_000 if args.quick else 2_000_000_000)


if __name__ == "__main__":
    main()
