"""A full disk is named by its folder, whatever could not be written, and nothing paid is lost."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers.claude import ClaudeServer, FromFunction
from support import render
from support.many_episodes import FPS, FRAMES
from support.many_episodes import render as render_dataset
from support.small_disk import filled, mounted
from support.workflow import Workflow

EPISODES = 3
LABELS = [{"time": 0.0, "subtask": "reach"}, {"time": 1.0, "subtask": "grasp"}]
THOROUGH = pytest.mark.thorough


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny episodes with videos."""
    root = render_dataset(tmp_path_factory.mktemp("disks") / "tiny", EPISODES)
    times = [frame / FPS for frame in range(FRAMES)]
    for number, video in enumerate(sorted(root.rglob("*.mp4"))):
        render.video(video, FRAMES, codec="mpeg4", times=times, first=number * FRAMES)
    return root


@pytest.fixture
def kinematic(tmp_path: Path, root: Path) -> Workflow:
    return Workflow(tmp_path / "run", datasets=[{"root": str(root)}], annotator="kinematic")


@pytest.fixture
def server() -> Iterator[ClaudeServer]:
    with ClaudeServer(FromFunction(lambda question: LABELS)) as server:
        yield server


@pytest.mark.parametrize(
    ("folder", "kilobytes", "key"),
    [
        ("work", 40, "work"),
        ("results", 24, "results"),
        pytest.param("work/tiny/logs", 4, None, marks=THOROUGH),
        pytest.param("results/tiny/data", 4, None, marks=THOROUGH),
        pytest.param(".snakemake", 24, "Snakemake's own", marks=THOROUGH),
    ],
)
def test_a_disk_without_room(
    kinematic: Workflow, folder: str, kilobytes: int, key: str | None
) -> None:
    """Then the run goes on, once there is room."""
    with mounted(kinematic.path(folder), kilobytes):
        printed = kinematic.run("--keep-going", fails=True)
    if key:
        assert f"the disk of {folder} ({key}) is full (" in printed
    else:
        assert f"the disk of {folder}" in printed
    assert "free some space and run again" in printed
    assert "3 episodes selected, 3 annotated, 0 failed" in kinematic.run()


@pytest.mark.parametrize("files", [4, pytest.param(30, marks=THOROUGH)])
def test_a_disk_that_can_hold_no_more_files(kinematic: Workflow, files: int) -> None:
    with mounted(kinematic.path("work"), 1000, files):
        printed = kinematic.run("--keep-going", fails=True)
    assert "the disk of work (work) is full (it can hold no more files)" in printed
    assert "3 episodes selected, 3 annotated, 0 failed" in kinematic.run()


@pytest.mark.parametrize("kilobytes", [60])
def test_work_without_room_for_frames(
    workflow: Workflow, root: Path, server: ClaudeServer, kilobytes: int
) -> None:
    workflow.config = {"datasets": [{"root": str(root)}]}
    workflow.ask(server.url, server.key)
    with mounted(workflow.path("work"), kilobytes):
        printed = workflow.run("--keep-going", fails=True)
    assert "the disk of work" in printed
    assert "free some space and run again" in printed
    assert "3 episodes selected, 3 annotated, 0 failed" in workflow.run()


@pytest.mark.parametrize(("free", "asked"), [pytest.param(0, 0, marks=THOROUGH), (4, 2)])
def test_a_store_without_room_ends_the_run(
    workflow: Workflow, root: Path, server: ClaudeServer, free: int, asked: int
) -> None:
    """A reply that cannot be stored is paid in vain; `free` kB hold the first and no second."""
    workflow.config = {"datasets": [{"root": str(root)}], "claude": {"episodes_per_job": 1}}
    workflow.ask(server.url, server.key)
    with mounted(workflow.path("replies"), 60) as disk:
        (disk / "filling").write_bytes(bytes((60 - free) * 1024))
        printed = workflow.run("--keep-going", "--resources=claude_jobs=1", fails=True)
        assert "the disk of replies" in printed
        assert len(server.requests) == asked
    assert "3 episodes selected, 3 annotated, 0 failed" in workflow.run()


def test_a_temporary_folder_without_room(kinematic: Workflow) -> None:
    with mounted(kinematic.path("tmp"), 8) as disk:
        kinematic.environment["TMPDIR"] = str(filled(disk))
        printed = kinematic.run()
    assert "3 episodes selected, 3 annotated, 0 failed" in printed


def test_what_a_full_disk_has_cut_is_not_taken_for_a_result(kinematic: Workflow) -> None:
    with mounted(kinematic.path("results"), 24) as disk:
        kinematic.run("--keep-going", fails=True)
        for path in disk.rglob("*.json"):
            json.loads(path.read_text())
        assert not [path for path in disk.rglob(".*") if path.is_file()]
