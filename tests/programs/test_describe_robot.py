import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from subtasks.motion import robot as robots
from support import programs
from support.motion import one_block
from support.motion_files import describe, write_episode
from support.workflow import PROJECT


def test_what_is_found_is_written_and_said(tmp_path: Path) -> None:
    write_episode(tmp_path, one_block().state)
    log = describe(tmp_path)
    assert "INFO 1 episode looked at" in log
    assert (
        "INFO state: the gripper opens as its numbers rise: "
        "LeRobot counts gripper.pos from 0, closed, to 100" in log
    )
    robot = robots.read(tmp_path / "robot.json")
    assert [limb.name for limb in robot.sources[0].limbs] == ["arm"]
    stored = json.loads((tmp_path / "robot.json").read_text())
    assert stored["fault"] is None
    assert stored["remarks"] == []


@pytest.mark.parametrize("state", [["a"] * 9, [[]] * 9, [[float("nan")]] * 9, [[1.0], [1.0, 2.0]]])
def test_an_unusable_state_is_a_fault_and_no_failure(tmp_path: Path, state: list[object]) -> None:
    write_episode(tmp_path, state)
    log = describe(tmp_path)
    stored = json.loads((tmp_path / "robot.json").read_text())
    assert f"WARNING {stored['fault']}" in log
    assert stored["fault"].startswith("the robot's motion is unknown, because state cannot be used")


def test_a_remark_is_logged_too(tmp_path: Path) -> None:
    write_episode(tmp_path, np.zeros((30, 3)))
    log = describe(tmp_path)
    (remark,) = json.loads((tmp_path / "robot.json").read_text())["remarks"]
    assert f"WARNING {remark}" in log


def test_an_episode_has_a_number(tmp_path: Path) -> None:
    features = '{"robot_type": null, "state": [], "action": []}'
    common = ["--features", features, "--fps", 30, "--output", tmp_path / "r"]
    for episode in ("x", "-1"):
        sentence = programs.fails("describe_robot.py", *common, "--episode", episode, "a.parquet")
        assert sentence.endswith("INDEX must be a whole number from 0")


@pytest.mark.parametrize(
    "features",
    [
        "",
        "3",
        "[]",
        "{}",
        '{"robot_type": 3, "state": [], "action": []}',
        '{"robot_type": null, "state": 3, "action": []}',
        '{"robot_type": null, "state": [{"key": "a"}], "action": []}',
        '{"robot_type": null, "state": [{"key": "a", "names": [3]}], "action": []}',
        '{"robot_type": null, "state": [{"key": 3, "names": []}], "action": []}',
        "[" * 100_000,
    ],
)
def test_features_must_be_an_object_of_columns(features: str) -> None:
    finished = subprocess.run(
        [sys.executable, PROJECT / "scripts/describe_robot.py", "--features", features],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 2
    assert "is not a JSON object with robot_type, state and action" in finished.stderr
    assert len(finished.stderr) < 1500
