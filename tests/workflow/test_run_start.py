"""What a run finds and says before its first job."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers.claude import ClaudeServer, FromFunction
from subtasks.api.api_key import NO_KEY
from support import render
from support.many_episodes import FPS, FRAMES
from support.many_episodes import render as render_dataset
from support.workflow import Workflow

LABELS = [{"time": 0.0, "subtask": "reach"}, {"time": 1.0, "subtask": "grasp"}]
DAY = 86400


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two tiny episodes with videos."""
    root = render_dataset(tmp_path / "tiny", 2)
    times = [frame / FPS for frame in range(FRAMES)]
    for number, video in enumerate(sorted(root.rglob("*.mp4"))):
        render.video(video, FRAMES, codec="mpeg4", times=times, first=number * FRAMES)
    return root


@pytest.fixture
def kinematic(workflow: Workflow, root: Path) -> Workflow:
    workflow.config = {"datasets": [{"root": str(root)}], "annotator": "kinematic"}
    return workflow


@pytest.fixture
def server() -> Iterator[ClaudeServer]:
    with ClaudeServer(FromFunction(lambda question: LABELS)) as server:
        yield server


@pytest.fixture
def asking(workflow: Workflow, root: Path, server: ClaudeServer) -> Workflow:
    workflow.config = {"datasets": [{"root": str(root)}]}
    workflow.ask(server.url, server.key)
    return workflow


def move(path: Path, seconds: float) -> Path:
    moment = time.time() + seconds
    os.utime(path, (moment, moment))
    return path


# files of the future ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pattern", ["data/*/episode_000001.parquet", "meta/info.json", "meta/episodes.jsonl"]
)
def test_a_source_file_of_the_future_stops_the_run(
    kinematic: Workflow, root: Path, pattern: str
) -> None:
    path = move(next(root.glob(pattern)), DAY)
    assert "is dated in the future" in kinematic.run("--dry-run")
    printed = kinematic.run("--keep-going", fails=True)
    *_, sentence = printed.strip().splitlines()
    assert sentence.startswith(f"{path} is dated in the future (")
    assert f"`touch {path}`" in sentence
    assert not kinematic.path("results").exists()
    path.touch()
    assert "2 annotated, 0 failed" in kinematic.run()


@pytest.mark.parametrize("what", ["video", "correction", "prompt", "prices"])
def test_other_files_of_the_future_do_so_too(asking: Workflow, root: Path, what: str) -> None:
    if what == "video":
        path = next(root.rglob("*.mp4"))
    elif what == "correction":
        path = asking.path("corrections/tiny/episode_000000.json")
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(LABELS))
    else:
        path = asking.path(f"own_{what}")
        shipped = {"prompt": "prompts/segment.md", "prices": "prices.yaml"}[what]
        found = Path(__file__).parents[2] / "config" / shipped
        path.write_text(found.read_text())
        asking.config["claude"] = {"prices": path.name} if what == "prices" else {}
        if what == "prompt":
            asking.config["labels"] = {"prompts": {"segment": path.name}}
    move(path, DAY)
    *_, sentence = asking.run(fails=True).strip().splitlines()
    shown = path.relative_to(asking.folder) if path.is_relative_to(asking.folder) else path
    assert sentence.startswith(f"{shown} is dated in the future (")


def test_what_no_job_reads_may_be_of_the_future(kinematic: Workflow, root: Path) -> None:
    for video in root.rglob("*.mp4"):
        move(video, DAY)
    kinematic.config["datasets"][0]["episodes"] = [0]
    move(next(root.glob("data/*/episode_000001.parquet")), DAY)
    assert "1 annotated, 0 failed" in kinematic.run()


@pytest.mark.thorough
def test_a_clock_that_is_a_little_ahead_is_waited_for(kinematic: Workflow, root: Path) -> None:
    move(next(root.glob("data/*/episode_000001.parquet")), 8)
    printed = kinematic.run()
    assert "until no file is dated in the future" in printed
    assert "2 annotated, 0 failed" in printed


# a key --------------------------------------------------------------------------------------------


def test_without_a_key_nothing_is_sampled(asking: Workflow, server: ClaudeServer) -> None:
    del asking.environment["ANTHROPIC_API_KEY"]
    assert NO_KEY in asking.run("--dry-run")
    *_, sentence = asking.run(fails=True).strip().splitlines()
    assert sentence == NO_KEY
    assert not asking.path("work", "tiny", "frames").exists()
    assert not server.requests


def test_answers_of_the_store_need_no_key(asking: Workflow, server: ClaudeServer) -> None:
    asking.run()
    asked = len(server.requests)
    del asking.environment["ANTHROPIC_API_KEY"]
    # Nothing would be asked: nothing is said.
    assert NO_KEY not in asking.run("--dry-run")
    assert NO_KEY not in asking.run("--forcerun", "write_meta")
    printed = asking.run("--forcerun", "annotate")
    assert f"{NO_KEY}; until a question is new, answers come from the store" in printed
    assert "2 annotated, 0 failed" in printed
    assert len(server.requests) == asked


def test_whoever_asks_nobody_needs_no_key(kinematic: Workflow) -> None:
    assert NO_KEY not in kinematic.run("--dry-run")
    assert NO_KEY not in kinematic.run()


@pytest.mark.parametrize("until", ["sample_frames", "check_episodes"])
def test_frames_are_sampled_without_a_key(asking: Workflow, until: str) -> None:
    del asking.environment["ANTHROPIC_API_KEY"]
    assert NO_KEY not in asking.run("--until", until)


# what earlier runs have left ----------------------------------------------------------------------


def test_a_run_without_a_core_does_not_wait_for_one(kinematic: Workflow) -> None:
    said = kinematic.refused("--cores", "0")
    assert said == "with --cores 0 no job can start: give at least 1"


def test_an_earlier_failure_is_not_that_of_this_run(kinematic: Workflow) -> None:
    log = kinematic.path("work/tiny/logs/segment_motion/episode_000001.log")
    said = log.with_name(f"{log.name}.json")
    said.parent.mkdir(parents=True)
    said.write_text(json.dumps({"reason": "no credit", "fatal": True}))
    # No program starts.
    python = kinematic.path("bin/python")
    python.parent.mkdir()
    python.write_text("#!/bin/sh\nkill -9 $$\n")
    python.chmod(0o755)
    kinematic.environment["BASH_ENV"] = str(kinematic.path("env"))
    kinematic.path("env").write_text(f"PATH={python.parent}:$PATH\n")
    printed = kinematic.run("--keep-going", fails=True)
    assert "no credit" not in printed
    assert "stopped: a job was killed (SIGKILL), perhaps because the memory is full" in printed
    del kinematic.environment["BASH_ENV"]
    assert "2 annotated, 0 failed" in kinematic.run()


def test_temporary_files_of_killed_jobs_are_removed(asking: Workflow) -> None:
    key = "0123456789abcdef" * 4
    folders = ["work/tiny/frames", "work/tiny/outcomes", "results/tiny/data/chunk-000"]
    left = [asking.path(folder, ".a.zip.abcd_123.tmp") for folder in folders]
    reply = asking.path("replies", key[:2], f".{key}.json.abcd_123.tmp")
    for path in [*left, reply]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"text": "", "stop_reason": "end_turn", "model": "m", "usage": {}}')
    assert "2 annotated, 0 failed" in asking.run()
    assert not [path for path in left if path.exists()]
    assert not reply.exists()
    assert reply.with_name(f"{key}.json").exists()
