"""Snakemake's own commands work on a finished dataset, whoever has labelled it."""

import shutil
import tarfile
from pathlib import Path

import pytest

from servers.claude import ClaudeServer, FromFunction
from support import render
from support.many_episodes import FPS, FRAMES
from support.many_episodes import render as render_dataset
from support.workflow import Workflow

# All that look at a workflow or at what it has made, and change neither.
COMMANDS = [
    "--summary",
    "--detailed-summary",
    "--dag",
    "--dag mermaid-js",
    "--rulegraph",
    "--rulegraph mermaid-js",
    "--filegraph",
    "--d3dag",
    "--report",
    "--report report.zip",
    "--list-rules",
    "--list-target-rules",
    "--list-params-changes",
    "--list-input-changes",
    "--list-changes code",
    "--list-untracked",
    "--list-conda-envs",
    "--delete-all-output -n",
    "--delete-temp-output",
    "--export-cwl workflow.cwl",
    "--containerize",
    "--print-compilation",
    "--unlock",
    "--cleanup-shadow",
    "--debug-dag -n",
    "--forceall -n",
    "--batch all=1/2 -n",
    "--runtime-source-cache-path cache -n",
    "--archive finished.tar.gz",
]
# Those of them that do not look at jobs, whoever labels.
ALIKE = [
    *("--dag mermaid-js", "--rulegraph mermaid-js", "--report report.zip", "--list-rules"),
    *("--list-target-rules", "--list-conda-envs", "--containerize", "--print-compilation"),
    *("--unlock", "--cleanup-shadow", "--debug-dag -n", "--runtime-source-cache-path cache -n"),
]
# Those of them that look at failed jobs too.
AFTER_FAILURE = ["--summary", "--detailed-summary", "--dag", "--report", "--list-untracked"]
# Those that date what is there anew, or forget how it was made.
TOUCHING = ["--touch", "--touch --forceall", "--cleanup-metadata results/tiny/meta/info.json"]
LABELS = [{"time": 0.0, "subtask": "reach"}, {"time": 1.0, "subtask": "grasp"}]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Workflow]:
    """Two tiny episodes, labelled by each annotator, and once more with a damaged video."""
    folder = tmp_path_factory.mktemp("commands")
    root = render_dataset(folder / "tiny", 2)
    times = [frame / FPS for frame in range(FRAMES)]
    for number, video in enumerate(sorted(root.rglob("*.mp4"))):
        render.video(video, FRAMES, codec="mpeg4", times=times, first=number * FRAMES)
    damaged = Path(shutil.copytree(root, folder / "damaged/tiny"))
    next(damaged.rglob("*_000001.mp4")).write_bytes(b"no video")
    runs = {}
    with ClaudeServer(FromFunction(lambda question: LABELS)) as server:
        for name, source in (("kinematic", root), ("claude", root), ("failed", damaged)):
            run = Workflow(folder / name, datasets=[{"root": str(source)}])
            # Snakemake's report shows what they find.
            run.checks = True
            run.config["annotator"] = name if name == "kinematic" else "claude"
            run.ask(server.url, server.key)
            failed = int(name == "failed")
            printed = run.run("--keep-going", fails=bool(failed))
            assert f"2 episodes selected, {2 - failed} annotated, {failed} failed" in printed
            runs[name] = run
    return runs


def contents(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("name", "command"),
    [
        *(("claude", command) for command in COMMANDS),
        *(("kinematic", command) for command in COMMANDS if command not in ALIKE),
        *(("failed", command) for command in AFTER_FAILURE),
    ],
)
def test_a_command_of_snakemakes_own(
    finished: dict[str, Workflow], name: str, command: str
) -> None:
    run = finished[name]
    made = [contents(run.path(folder)) for folder in ("results", "work")]
    assert run.run(*command.split())
    assert [contents(run.path(folder)) for folder in ("results", "work")] == made


@pytest.mark.parametrize("annotator", ["kinematic", "claude"])
def test_the_report_shows_the_labels(finished: dict[str, Workflow], annotator: str) -> None:
    assert "work/tiny/report/labels.html" in finished[annotator].path("report.html").read_text()


@pytest.mark.parametrize("annotator", ["kinematic", "claude"])
def test_nothing_is_to_be_done_after_them(finished: dict[str, Workflow], annotator: str) -> None:
    assert finished[annotator].jobs() == {}


def test_an_archive_has_what_lies_in_the_folder(finished: dict[str, Workflow]) -> None:
    run = finished["kinematic"]
    run.run("--archive", "once_more.tar.gz")
    with tarfile.open(run.path("once_more.tar.gz")) as archive:
        names = archive.getnames()
    assert "settings.yaml" in " ".join(names)


@pytest.mark.parametrize("command", TOUCHING)
@pytest.mark.parametrize("annotator", ["kinematic", "claude"])
def test_a_command_that_dates_results_anew(
    finished: dict[str, Workflow], annotator: str, command: str
) -> None:
    run = finished[annotator]
    run.run(*command.split())
    assert run.jobs() == {}
