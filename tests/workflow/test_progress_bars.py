"""What a run draws on a terminal, and that it draws nothing into a file."""

import os
import pty
import subprocess
from pathlib import Path

import pytest

from support.many_episodes import render
from support.workflow import Workflow

TERMINAL = {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40"}


@pytest.fixture
def tiny(workflow: Workflow, tmp_path: Path) -> Workflow:
    """Six episodes; the fourth is not readable."""
    root = render(tmp_path / "tiny", 6)
    (root / "data/chunk-000/episode_000003.parquet").write_text("no Parquet")
    workflow.config = {"datasets": [{"root": str(root)}], "annotator": "kinematic"}
    return workflow


def on_terminal(workflow: Workflow, *arguments: str) -> str:
    """Run snakemake on a terminal and give all that was written to it."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        workflow.command(*arguments),
        cwd=workflow.folder,
        env=workflow.environment | TERMINAL,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    written = b""
    try:
        while chunk := os.read(ours, 1 << 16):
            written += chunk
    except OSError:  # how a terminal ends
        pass
    finally:
        os.close(ours)
        process.wait()
    return written.decode()


def test_bars_on_a_terminal(tiny: Workflow) -> None:
    screen = on_terminal(tiny, "--keep-going")
    assert "Total Progress" in screen
    assert "write data" in screen
    assert "/s" in screen or "/min" in screen
    # The failed job's own sentence, and at the end what the run has come to. A terminal breaks
    # long lines, also in the middle of a word.
    unbroken = "".join(screen.split())
    sentence = unbroken.index("episode_000003.parquetcannotbereadasParquet")
    assert sentence < unbroken.index("6episodesselected,5annotated,1failed")
    assert "Traceback" not in screen


def test_plain_lines_in_a_file(tiny: Workflow) -> None:
    printed = tiny.run("--keep-going", fails=True)
    assert "Total Progress" not in printed
    assert "\x1b" not in printed
    assert "Job 1: " in printed or "Job 2: " in printed
    assert "6 episodes selected, 5 annotated, 1 failed" in printed


def test_a_plan_and_a_report_are_text_on_a_terminal_too(tiny: Workflow) -> None:
    assert "where its motion changes" in on_terminal(tiny, "--dry-run")
    printed = on_terminal(tiny, "status")
    assert "6 episodes selected" in printed
    assert "Progress" not in printed
