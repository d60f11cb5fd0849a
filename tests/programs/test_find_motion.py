import json
from pathlib import Path

from support import programs
from support.motion import one_block
from support.motion_files import describe, options, write_episode


def test_the_times_are_written_with_what_happens(tmp_path: Path) -> None:
    write_episode(tmp_path, one_block().state)
    describe(tmp_path)
    log = programs.run("find_motion.py", *options(tmp_path, "motion.json"))
    events = json.loads((tmp_path / "motion.json").read_text())
    assert [event["what"] for event in events][:2] == [
        "the gripper begins to close",
        "the arm stops",
    ]
    assert all(event.keys() == {"time", "what"} for event in events)
    assert f"{len(events)} changes of motion" in log


def test_an_unusable_state_has_no_times_and_stops_nothing(tmp_path: Path) -> None:
    write_episode(tmp_path, one_block().state)
    describe(tmp_path)
    write_episode(tmp_path, ["a"] * 9)
    log = programs.run("find_motion.py", *options(tmp_path, "motion.json"))
    assert "WARNING the motion of this episode is unknown: cannot use state in" in log
    assert json.loads((tmp_path / "motion.json").read_text()) == []
    describe(tmp_path)
    write_episode(tmp_path, one_block().state)
    log = programs.run("find_motion.py", *options(tmp_path, "motion.json"))
    assert "holds string, not numbers" in log
    assert json.loads((tmp_path / "motion.json").read_text()) == []
