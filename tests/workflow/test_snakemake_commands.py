"""Snakemake's own commands work on a finished dataset, whoever has labelled it."""

from pathlib import Path

import pytest

from servers.claude import ClaudeServer, FromFunction
from support import render
from support.many_episodes import FPS, FRAMES
from support.many_episodes import render as render_dataset
from support.workflow import Workflow

COMMANDS = [
    "--summary",
    "--detailed-summary",
    "--dag",
    "--rulegraph",
    "--filegraph",
    "--report",
    "--list-params-changes",
    "--list-untracked",
    "--delete-all-output -n",
]
LABELS = [{"time": 0.0, "subtask": "reach"}, {"time": 1.0, "subtask": "grasp"}]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Workflow]:
    """Two tiny episodes, labelled by each annotator."""
    folder = tmp_path_factory.mktemp("commands")
    root = render_dataset(folder / "tiny", 2)
    times = [frame / FPS for frame in range(FRAMES)]
    for number, video in enumerate(sorted(root.rglob("*.mp4"))):
        render.video(video, FRAMES, codec="mpeg4", times=times, first=number * FRAMES)
    runs = {}
    with ClaudeServer(FromFunction(lambda question: LABELS)) as server:
        for annotator in ("kinematic", "claude"):
            run = Workflow(folder / annotator, datasets=[{"root": str(root)}], annotator=annotator)
            run.ask(server.url, server.key)
            assert "2 episodes selected, 2 annotated, 0 failed" in run.run()
            runs[annotator] = run
    return runs


def contents(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("annotator", ["kinematic", "claude"])
def test_a_command_of_snakemakes_own(
    finished: dict[str, Workflow], annotator: str, command: str
) -> None:
    run = finished[annotator]
    made = [contents(run.path(folder)) for folder in ("results", "work")]
    assert run.run(*command.split())
    assert [contents(run.path(folder)) for folder in ("results", "work")] == made


@pytest.mark.parametrize("annotator", ["kinematic", "claude"])
def test_nothing_is_to_be_done_after_them(finished: dict[str, Workflow], annotator: str) -> None:
    assert finished[annotator].jobs() == {}
