"""What makes very large datasets possible, at a small size: batches, and rounds of scheduling."""

import re
from pathlib import Path

import pytest

from support.many_episodes import render
from support.workflow import Workflow


@pytest.fixture
def tiny(workflow: Workflow, tmp_path: Path) -> Workflow:
    """Twelve episodes, a data file each, labelled without a model."""
    root = str(render(tmp_path / "tiny", 12))
    workflow.config = {"datasets": [{"root": root}], "annotator": "kinematic"}
    return workflow


def test_a_large_dataset_is_done_in_batches(tiny: Workflow) -> None:
    written = []
    for batch in (1, 2, 3):
        tiny.run("--batch", f"all={batch}/3")
        written.append(len(list(tiny.path("results/tiny/data").rglob("*.parquet"))))
    # 14 targets in the order of their paths: the files of the whole dataset come last.
    assert written == [5, 10, 12]
    assert tiny.jobs() == {}


def test_a_batch_plans_no_job_of_another(tiny: Workflow) -> None:
    jobs = tiny.jobs("--batch", "all=2/3")
    assert jobs == {"describe_robot": 1, "segment_motion": 5, "write_data": 5}


def test_a_batch_that_was_killed_is_taken_up_again(tiny: Workflow) -> None:
    tiny.run("results/tiny/data/chunk-000/episode_000006.parquet")
    assert tiny.jobs("--batch", "all=2/3") == {"segment_motion": 4, "write_data": 4}
    tiny.run("--batch", "all=2/3")
    assert len(list(tiny.path("results/tiny/subtasks").iterdir())) == 5


def test_snakemake_looks_for_work_once_for_every_job_that_ends(tiny: Workflow) -> None:
    """And not once a second for each that has ended, as its own limit of starts makes it."""
    printed = tiny.run("--verbose")
    (jobs,) = re.findall(r"^total +(\d+)$", printed, re.MULTILINE)
    assert len(re.findall(r"^Selected jobs: ", printed, re.MULTILINE)) <= int(jobs)


@pytest.mark.thorough
def test_a_limit_of_starts_that_was_asked_for_is_kept(tiny: Workflow) -> None:
    printed = tiny.run("--max-jobs-per-timespan", "3/1s")
    assert "Job rate limit reached" in printed
