"""Whole runs without a model: real recordings, and the demo as `make demo` runs it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from subtasks import files
from subtasks.segments import subtask_files
from support.border_agreement import agree
from support.robots import SO101, pick_and_place, write_dataset
from support.workflow import PROJECT, Workflow

EPISODES = 8


def frames_of(result: Path) -> dict[tuple[int, int], str]:
    """The `response` of every frame, by episode and frame."""
    frames = {}
    for path in sorted(result.glob("data/*/*.parquet")):
        rows = pq.read_table(path, columns=["episode_index", "frame_index", "response"])
        for row in rows.to_pylist():
            frames[row["episode_index"], row["frame_index"]] = row["response"]
    return frames


def test_both_versions_get_the_same_labels(workflow: Workflow, real_data: Path) -> None:
    versions = ["g1_bottle_v2.1", "g1_bottle_v3.0"]
    workflow.own_processes = True
    workflow.config = {
        "datasets": [{"root": str(real_data / version)} for version in versions],
        "annotator": "kinematic",
    }
    printed = workflow.run()
    for version in versions:
        assert f"{version}: 8 episodes selected, 8 annotated, 0 failed" in printed
    old, new = (frames_of(workflow.path("results", version)) for version in versions)
    assert len(old) == 2868
    assert all(old.values())
    assert old == new
    assert workflow.jobs() == {}
    # No video was looked at, and none is needed for the result to be whole.
    assert not workflow.path("work", versions[0], "frames").exists()
    for version in versions:
        result = workflow.path("results", version)
        assert (result / "videos").resolve() == (real_data / version / "videos")
        info = json.loads((result / "meta" / "info.json").read_text())
        assert info["features"]["response"] == {"dtype": "string", "shape": [1], "names": None}


def test_a_selection_writes_its_own_files_alone(workflow: Workflow, real_data: Path) -> None:
    workflow.config = {
        "datasets": [{"root": str(real_data / "g1_bottle_v3.0"), "episodes": "3:5"}],
        "annotator": "kinematic",
    }
    workflow.run()
    frames = frames_of(workflow.path("results/g1_bottle_v3.0"))
    labelled = {episode for (episode, _), label in frames.items() if label}
    assert labelled == {3, 4}
    assert {episode for episode, _ in frames} == {3, 4, 5}


def test_a_missing_file_is_told_with_all_its_siblings(
    workflow: Workflow, real_data: Path, tmp_path: Path
) -> None:
    root = tmp_path / "bottle"
    shutil.copytree(real_data / "g1_bottle_v2.1", root)
    for episode in (2, 3, 7):
        next(root.rglob(f"episode_{episode:06d}.parquet")).unlink()
    workflow.config = {"datasets": [{"root": str(root)}], "annotator": "kinematic"}
    printed = workflow.run("--dry-run", fails=True)
    assert "lacks 3 files of its episodes 2-3,7: data/chunk-000/episode_000002.parquet" in printed
    workflow.config["on_error"] = "skip"
    printed = workflow.run()
    assert "these episodes are left out" in printed
    assert "bottle: 5 episodes selected, 5 annotated, 0 failed" in printed


@pytest.mark.parametrize("version", ["v2.1", pytest.param("v3.0", marks=pytest.mark.thorough)])
def test_the_demo(workflow: Workflow, version: str) -> None:
    demo = workflow.path("data/demo")
    subprocess.run(
        [
            sys.executable,
            str(PROJECT / "scripts/make_demo_dataset.py"),
            f"--output={demo}",
            f"--version={version}",
            "--episodes=4",
            "--seed=3",
        ],
        check=True,
        capture_output=True,
    )
    workflow.config = {
        "datasets": [{"root": "data/demo", "evaluate": {"truth": "data/demo/truth"}}],
        "annotator": "kinematic",
    }
    printed = workflow.run()
    assert "demo: 4 episodes selected, 4 annotated, 0 failed" in printed
    assert "demo: 4 episodes" in workflow.run("evaluate")
    scores = json.loads(workflow.path("evaluations/demo/scores.json").read_text())
    assert scores["borders"]["0.5"]["f1"]["value"] >= 0.85


def test_borders_of_the_real_episodes(workflow: Workflow, real_data: Path, tmp_path: Path) -> None:
    """They are found as well if nothing says which robot it is."""
    nameless = shutil.copytree(
        real_data / "g1_bottle_v2.1", tmp_path / "nameless", copy_function=shutil.copyfile
    )
    info = json.loads((nameless / "meta/info.json").read_text())
    files.write_json(nameless / "meta/info.json", info | {"robot_type": "unknown"})
    workflow.config = {
        "datasets": [{"root": str(real_data / "g1_bottle_v2.1")}, {"root": str(nameless)}],
        "annotator": "kinematic",
    }
    workflow.run("--until", "segment_motion")
    found = workflow.path("results/g1_bottle_v2.1/subtasks")
    by_eye = {path.name: path for path in (real_data / "g1_bottle_gold").iterdir()}
    assert len(by_eye) == EPISODES
    for tolerance, goal in ((1.0, 0.85), (0.5, 0.70)):
        agreements = [
            agree(subtask_files.load(found / name), subtask_files.load(path), tolerance)
            for name, path in by_eye.items()
        ]
        assert sum(agreements[1:], start=agreements[0]).f1 >= goal
    same = workflow.path("results/nameless/subtasks")
    assert all((found / name).read_bytes() == (same / name).read_bytes() for name in by_eye)


def test_robots_of_every_kind(workflow: Workflow, tmp_path: Path) -> None:
    """Each folder is a dataset; what is right for it, and what is said about it, stands below."""
    joints = ["pan", "lift", "elbow", "flex", "roll"]
    pos = [f"{name}.pos" for name in [*joints, "gripper"]]
    states = [pick_and_place(SO101, seed)[0] for seed in range(3)]
    zeros = [0 * state for state in states]
    sides = {f"observation.{name}": None for name in pos}
    kinds = {
        "rests_closed": (
            [{"observation.state": each} for each in states],
            {"observation.state": pos},
        ),
        "per_joint": (
            [{f"observation.{name}": each[:, i] for i, name in enumerate(pos)} for each in states],
            sides,
        ),
        "zeros": (
            [
                {"observation.state": zero, "action": each}
                for zero, each in zip(zeros, states, strict=True)
            ],
            {"observation.state": pos, "action": pos},
        ),
        "one_text": (
            [
                {"observation.state": states[0]},
                {"observation.state": [str(row.tolist()) for row in states[1]]},
                {"observation.state": states[2]},
            ],
            {"observation.state": pos},
        ),
    }
    datasets = []
    for name, (columns, names) in kinds.items():
        root = write_dataset(tmp_path / name, columns, names, "so101_follower")
        datasets.append(
            {"root": str(root)} | ({"state": list(sides)} if name == "per_joint" else {})
        )
    workflow.config = {"datasets": datasets, "annotator": "kinematic", "on_error": "skip"}
    printed = workflow.run()
    labels = {
        name: [
            [segment.subtask for segment in subtask_files.load(path)]
            for path in sorted(workflow.path(f"results/{name}/subtasks").iterdir())
        ]
        for name in kinds
    }
    assert all(
        {"close the gripper", "move the arm with the gripper closed", "open the gripper"}
        <= set(each)
        for each in labels["rests_closed"]
    )
    assert labels["per_joint"] == labels["zeros"] == labels["rests_closed"]
    assert labels["one_text"] == [labels["rests_closed"][0], [], labels["rests_closed"][2]]
    assert "zeros: 3 episodes selected, 3 annotated, 0 failed" in printed
    assert (
        "warning: observation.state stands still in the 3 episodes looked at: the robot's motion "
        "is read from action"
    ) in printed
    assert "one_text: 3 episodes selected, 2 annotated, 1 failed" in printed
    log = workflow.path("work/rests_closed/logs").rglob("*describe_robot*")
    assert "LeRobot counts gripper.pos from 0, closed" in "".join(p.read_text() for p in log)
