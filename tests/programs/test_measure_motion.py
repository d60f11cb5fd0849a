"""The motion of a group's episodes: measured, or why it is unknown."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from subtasks.demo import arm
from subtasks.motion import curve_files
from subtasks.motion.curve_files import Curves, Unmeasured
from support import programs
from support.motion import DEMO

FEATURES = {
    "robot_type": None,
    "state": [{"key": "observation.state", "names": DEMO}],
    "action": [],
}
DATA = "data/chunk-000/file-000.parquet"


def lay_out(folder: Path, states: dict[int, object]) -> None:
    """Write the files of a group whose episodes are in one data file."""
    rows = [
        (episode, frame, list(values))
        for episode, state in states.items()
        for frame, values in enumerate(state)  # type: ignore[arg-type, var-annotated]
    ]
    (folder / DATA).parent.mkdir(parents=True)
    names = ("episode_index", "frame_index", "observation.state")
    columns = zip(*rows, strict=True)
    pq.write_table(pa.table(dict(zip(names, map(list, columns), strict=True))), folder / DATA)
    entry = {"task": "t", "length": 9, "data": DATA, "row": 0}
    listed = {str(episode): entry for episode in (*states, 7)}
    listed["8"] = entry | {"data": "data/chunk-000/file-001.parquet"}
    (folder / "listed.json").write_text(json.dumps(listed))


def measure(folder: Path) -> dict[int, curve_files.Measured]:
    output = folder / "movement" / "000000-000015.json"
    programs.run(
        "measure_motion.py",
        *("--robot", folder / "robot.json", "--listed", folder / "listed.json"),
        *("--data", folder, "--fps", arm.FPS, "--output", output),
    )
    return curve_files.read(output)


def test_each_episode_is_measured_or_has_a_fault(tmp_path: Path) -> None:
    recordings = {episode: arm.simulate(0, episode) for episode in (0, 1)}
    lay_out(tmp_path, {episode: each.state.tolist() for episode, each in recordings.items()})
    programs.run(
        "describe_robot.py",
        *("--features", json.dumps(FEATURES), "--episode", 0, tmp_path / DATA),
        *("--fps", arm.FPS, "--output", tmp_path / "robot.json"),
    )
    found = measure(tmp_path)
    assert list(found) == [0, 1, 7, 8]
    for episode, recording in recordings.items():
        curves = found[episode]
        assert isinstance(curves, Curves)
        assert len(curves.speed["arm"]) == -(-recording.length // 3)
        assert [action.closes for action in curves.actions][:2] == [True, False]
    assert found[7] == Unmeasured(
        f"{DATA} has no rows of episode 7; repair the file or exclude the episode"
    )
    assert found[8] == Unmeasured(
        "data/chunk-000/file-001.parquet: No such file or directory; restore it or exclude the "
        "episode"
    )


def test_what_is_unknown_of_the_robot_is_unknown_of_all_episodes(tmp_path: Path) -> None:
    lay_out(tmp_path, {0: [[0.0]]})
    robot = {"sources": [], "fault": "nobody knows", "remarks": []}
    (tmp_path / "robot.json").write_text(json.dumps(robot))
    assert set(measure(tmp_path).values()) == {Unmeasured("nobody knows")}
