import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support import programs
from support.motion import DEMO, one_block


@pytest.fixture
def options(tmp_path: Path) -> list[object]:
    path = tmp_path / "file.parquet"
    state = one_block().state
    pq.write_table(pa.table({"state": state.tolist()}), path)
    return [
        *("--data", path, "--rows", 0, len(state), "--column", "state", "--fps", 30),
        *("--names", json.dumps(DEMO), "--output", tmp_path / "motion.json"),
    ]


def test_the_times_are_written_with_what_happens(tmp_path: Path, options: list[object]) -> None:
    log = programs.run("find_motion.py", *options)
    events = json.loads((tmp_path / "motion.json").read_text())
    assert [event["what"] for event in events][:2] == [
        "the gripper begins to close",
        "the arm stops",
    ]
    assert all(event.keys() == {"time", "what"} for event in events)
    assert f"{len(events)} changes of motion" in log


def test_an_unusable_state_stops_or_is_skipped(tmp_path: Path, options: list[object]) -> None:
    pq.write_table(pa.table({"state": ["a"] * 9}), tmp_path / "file.parquet")
    options[3:5] = [0, 9]
    assert "holds string, not numbers" in programs.fails("find_motion.py", *options)
    assert not (tmp_path / "motion.json").exists()
    log = programs.run("find_motion.py", *options, "--on-error=skip")
    assert "WARNING the motion of this episode is unknown: cannot use state in" in log
    assert json.loads((tmp_path / "motion.json").read_text()) == []
