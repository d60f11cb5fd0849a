"""`snakemake status`: how far the episodes are, whatever else is going on."""

import os
import signal
import subprocess
import time

import pytest

from support.many_episodes import render
from support.workflow import TIMEOUT_SECONDS, Workflow, kill


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    """Twelve episodes of which the first three are finished."""
    folder = tmp_path_factory.mktemp("status")
    root = str(render(folder / "tiny", 12))
    workflow = Workflow(folder / "run", datasets=[{"root": root}], annotator="kinematic")
    workflow.run(*(f"results/tiny/data/chunk-000/episode_00000{n}.parquet" for n in range(3)))
    return workflow


def test_the_status_names_no_job_and_gives_no_summary(begun: Workflow) -> None:
    printed = begun.run("status")
    rows = [line.split() for line in printed.splitlines() if line.startswith("  ")]
    assert ["labelled", "3", "9", "remaining"] in rows
    assert ["written", "3", "9", "remaining"] in rows
    assert "remaining:" not in printed
    assert "segment_motion" not in printed
    assert "annotated" not in printed


def test_the_status_names_the_episodes_that_remain(begun: Workflow) -> None:
    printed = begun.run("status", "--config", "status={list: true}")
    assert "written          3   9 remaining\n    remaining: 3-11\n" in printed


def test_the_status_needs_neither_cores_nor_that_a_run_has_ended(begun: Workflow) -> None:
    under_way = begun.start()
    try:
        while not begun.path("results/tiny/subtasks/episode_000005.json").exists():
            assert under_way.poll() is None
            time.sleep(0.05)
        os.killpg(under_way.pid, signal.SIGSTOP)
        printed = subprocess.run(
            [word for word in begun.command("status") if not word.startswith("--cores")],
            cwd=begun.folder,
            env=begun.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert "tiny: 12 episodes selected" in printed.stdout
        os.killpg(under_way.pid, signal.SIGCONT)
        printed, _ = under_way.communicate(timeout=TIMEOUT_SECONDS)
    finally:
        kill(under_way)
    assert under_way.returncode == 0, printed
    assert "12 annotated, 0 failed" in printed
