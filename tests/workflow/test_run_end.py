"""A failure that all jobs would meet ends the run, however many run at once and wherever."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from servers.claude import ClaudeServer, FromFunction
from support import render
from support.many_episodes import FPS, FRAMES
from support.many_episodes import render as render_dataset
from support.workflow import PROJECT, Workflow

EPISODES = 12
LABELS = [{"time": 0.0, "subtask": "reach"}, {"time": 1.0, "subtask": "grasp"}]
CLUSTER = (
    "--executor=cluster-generic",
    f"--cluster-generic-submit-cmd={PROJECT / 'tests/servers/slurm/submit_detached.sh'}",
    "--jobs=4",
    "--seconds-between-status-checks=1",
    *("--envvars", "ANTHROPIC_API_KEY_FILE"),
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny episodes with videos."""
    root = render_dataset(tmp_path_factory.mktemp("end") / "tiny", EPISODES)
    times = [frame / FPS for frame in range(FRAMES)]
    for number, video in enumerate(sorted(root.rglob("*.mp4"))):
        render.video(video, FRAMES, codec="mpeg4", times=times, first=number * FRAMES)
    return root


@pytest.fixture
def server() -> Iterator[ClaudeServer]:
    with ClaudeServer(FromFunction(lambda question: LABELS)) as server:
        yield server


@pytest.fixture
def asking(workflow: Workflow, root: Path) -> Workflow:
    """Frames are sampled already, so that all jobs that ask could start at once."""
    workflow.config = {"datasets": [{"root": str(root)}], "claude": {"episodes_per_job": 1}}
    workflow.run("--until", "sample_frames")
    return workflow


def outcomes(run: Workflow) -> int:
    return len(list(run.path("work/tiny/outcomes").glob("*.jsonl")))


def logs(run: Workflow) -> int:
    """How many jobs that ask have started."""
    return len(list(run.path("work/tiny/logs/annotate").glob("*.log")))


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("retries", [0, 2])
def test_a_budget_that_is_used_up_ends_the_run(
    asking: Workflow, server: ClaudeServer, jobs: int, retries: int
) -> None:
    asking.ask(server.url, server.key)
    asking.config["claude"]["budget_usd"] = 0.05
    arguments = ("--keep-going", f"--retries={retries}", f"--resources=claude_jobs={jobs}")
    printed = asking.run(*arguments, fails=True)
    said = [line for line in printed.splitlines() if line.startswith("stopped: ")]
    assert len(said) == 1
    assert "budget" in said[0]
    # Those that ran already end by themselves.
    assert logs(asking) <= outcomes(asking) + jobs
    assert logs(asking) < EPISODES


@pytest.mark.thorough
def test_a_key_that_is_not_accepted_ends_a_run_on_a_cluster(
    asking: Workflow, server: ClaudeServer
) -> None:
    asking.path("key").write_text("sk-ant-wrong")
    asking.environment["ANTHROPIC_API_KEY_FILE"] = str(asking.path("key"))
    asking.config["claude"]["base_url"] = server.url
    printed = asking.run(*CLUSTER, "--keep-going", "--resources", "claude_jobs=2", fails=True)
    assert logs(asking) <= 4
    said = [line for line in printed.splitlines() if line.startswith("stopped: ")]
    assert len(said) == 1
    assert "the Claude API rejects the key" in said[0]
