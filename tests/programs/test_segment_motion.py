import json
from collections.abc import Callable
from pathlib import Path

import pytest

from subtasks.segments import subtask_files
from subtasks.segments.segment import settle
from support import programs
from support.motion import one_block, recorded_state
from support.motion_files import describe, options, write_episode


def test_both_versions_of_a_dataset_give_the_same_file(real_data: Path, tmp_path: Path) -> None:
    _, names = recorded_state(real_data / "g1_bottle_v2.1", "episode_000001")
    feature = {"key": "observation.state", "names": names}
    features = {"robot_type": "Unitree_G1_Inspire", "state": [feature], "action": []}
    for version, file, whole in (
        ("v2.1", "episode_000001", ["--whole-file"]),
        ("v3.0", "file-000", []),
    ):
        data = real_data / f"g1_bottle_{version}" / "data" / "chunk-000" / f"{file}.parquet"
        robot = tmp_path / f"robot-{version}.json"
        common = ["--fps", 30]
        episode = ["--episode", 1, data, *(f"{option}s" for option in whole)]
        programs.run(
            "describe_robot.py",
            *("--features", json.dumps(features), *episode, *common, "--output", robot),
        )
        output = tmp_path / f"{version}.json"
        programs.run(
            "segment_motion.py",
            *(
                "--robot",
                robot,
                "--data",
                data,
                "--episode",
                1,
                *whole,
                *common,
                "--output",
                output,
            ),
        )
    found = subtask_files.load(tmp_path / "v2.1.json")
    assert found == subtask_files.load(tmp_path / "v3.0.json")
    assert found[1].subtask == "reach with the right arm"
    assert found == settle(found, 30.0, 421)


def test_a_damaged_file_stops_or_is_skipped(tmp_path: Path) -> None:
    write_episode(tmp_path, one_block().state)
    describe(tmp_path)
    (tmp_path / "file.parquet").write_bytes(b"PAR1 and no more")
    given = options(tmp_path, "out.json")
    sentence = programs.fails("segment_motion.py", *given)
    assert sentence.startswith(f"{tmp_path / 'file.parquet'} cannot be read as Parquet")
    assert not (tmp_path / "out.json").exists()
    log = programs.run("segment_motion.py", *given, "--on-error=skip")
    assert f"WARNING the episode has no labels: {tmp_path}" in log
    assert subtask_files.load(tmp_path / "out.json") == []


def test_a_robot_whose_motion_is_unknown_stops_with_why(tmp_path: Path) -> None:
    write_episode(tmp_path, ["a"] * 9)
    describe(tmp_path)
    sentence = programs.fails("segment_motion.py", *options(tmp_path, "out.json"))
    assert sentence.startswith("the robot's motion is unknown, because state cannot be used")
    assert "holds string, not numbers" in sentence


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (lambda frames: [frame + 1 for frame in frames], "but must count from 0 to"),
        (lambda frames: frames[::-1], "one after the other"),
    ],
)
def test_an_episode_that_cannot_be_used_is_not_labelled(
    tmp_path: Path, order: Callable[[list[int]], list[int]], said: str
) -> None:
    state = one_block().state
    write_episode(tmp_path, state)
    describe(tmp_path)
    write_episode(tmp_path, state, order(list(range(len(state)))))
    assert said in programs.fails("segment_motion.py", *options(tmp_path, "out.json"))
