"""The program that writes the table of segments."""

from pathlib import Path

import pyarrow.parquet as pq

from subtasks.segments.segment import Segment
from support.outputs import write_subtasks
from support.programs import fails, run
from support.small_datasets import info_json, make_v2


def test_segments_end_where_the_next_one_starts_or_the_episode_ends(tmp_path: Path) -> None:
    source = make_v2(tmp_path / "source", info_json())  # Episodes of 20 frames at 10 per second.
    labels = {0: [Segment(0, "reach"), Segment(0.5, "grasp")], 3: [], 4: [Segment(1.2, "lift")]}
    subtasks = write_subtasks(tmp_path / "subtasks", labels)
    output = tmp_path / "meta" / "segments.parquet"
    base = ("--source", source, "--subtasks", subtasks, "--output", output)
    assert "3 segments of 3 episodes" in run("write_segments.py", *base, "--episodes", "0,3-4")
    found = pq.read_table(output).to_pylist()
    assert [
        (row["episode_index"], row["segment_index"], row["subtask"], row["start_frame"])
        for row in found
    ] == [(0, 0, "reach", 0), (0, 1, "grasp", 5), (4, 0, "lift", 12)]
    assert [row["end_frame"] for row in found] == [5, 20, 20]
    assert [row["end_time"] for row in found] == [0.5, 2.0, 2.0]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    source = make_v2(tmp_path / "source", info_json())
    output = tmp_path / "segments.parquet"
    base = ("--source", source, "--subtasks", tmp_path, "--output", output)
    sentence = fails("write_segments.py", *base, "--episodes", "2")
    assert "episode_000002.json: No such file" in sentence
    assert not output.exists()
