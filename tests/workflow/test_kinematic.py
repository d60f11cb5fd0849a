"""Whole runs without a model: real recordings, and the demo as `make demo` runs it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from subtasks.segments import subtask_files
from subtasks.segments.agreement import compare_boundaries
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


@pytest.mark.parametrize("version", ["v2.1", "v3.0"])
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
    workflow.config = {"datasets": [{"root": "data/demo"}], "annotator": "kinematic"}
    printed = workflow.run()
    assert "demo: 4 episodes selected, 4 annotated, 0 failed" in printed
    compared = subprocess.run(
        [
            sys.executable,
            str(PROJECT / "scripts/compare_boundaries.py"),
            str(workflow.path("results/demo/subtasks")),
            str(demo / "truth"),
            "--tolerance=0.5",
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    last = compared.stdout.splitlines()[-1].split()
    assert last[0] == "all"
    assert float(last[6]) >= 0.85


def test_boundaries_of_the_real_episodes(workflow: Workflow, real_data: Path) -> None:
    workflow.config = {
        "datasets": [{"root": str(real_data / "g1_bottle_v2.1")}],
        "annotator": "kinematic",
    }
    workflow.run("--until", "segment_motion")
    found = workflow.path("results/g1_bottle_v2.1/subtasks")
    agreements = [
        compare_boundaries(
            subtask_files.load(found / path.name), subtask_files.load(path), tolerance=1.0
        )
        for path in sorted((real_data / "g1_bottle_gold").iterdir())
    ]
    assert len(agreements) == EPISODES
    assert sum(agreements[1:], start=agreements[0]).f1 >= 0.70
