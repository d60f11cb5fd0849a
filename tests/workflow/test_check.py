"""`snakemake check`, and what a run says of labels that are unlike the others."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from servers.claude import ClaudeServer, FromFunction, RealEpisodes, Refusal
from servers.hub import HubServer
from support.many_episodes import render
from support.workflow import Workflow

LABELS = [
    {"time": 0.0, "subtask": "reach toward the cup"},
    {"time": 0.7, "subtask": "grasp the cup"},
    {"time": 1.2, "subtask": "lift the cup"},
]
SWAPPED = [
    {"time": 0.0, "subtask": "grasp the cup"},
    {"time": 0.7, "subtask": "reach toward the cup"},
    {"time": 1.2, "subtask": "lift the cup"},
]
LOOKS = {"check_labels": 1, "report_labels": 1}


@pytest.fixture
def checked(workflow: Workflow) -> Workflow:
    workflow.checks = True
    return workflow


@pytest.fixture
def edited(checked: Workflow, tmp_path: Path) -> Workflow:
    """Twenty tiny episodes, labelled alike but for the eighth, where the order is another."""
    root = render(tmp_path / "tiny", 20)
    checked.config = {"datasets": [{"root": str(root)}], "annotator": "kinematic"}
    checked.run()
    for episode in range(20):
        write(checked, episode, SWAPPED if episode == 7 else LABELS)
    return checked


def write(workflow: Workflow, episode: int, labels: Sequence[dict[str, Any]]) -> None:
    path = workflow.path(f"results/tiny/subtasks/episode_{episode:06d}.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(labels))


def checks(workflow: Workflow, dataset: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        workflow.path("work", dataset, "checks.json").read_text()
    )["episodes"]
    return found


def test_the_end_of_a_run_and_the_list_name_an_episode_that_is_unlike_the_others(
    edited: Workflow,
) -> None:
    workflow = edited
    printed = workflow.run()
    assert checks(workflow, "tiny")[0]["episode"] == 7
    sentence = checks(workflow, "tiny")[0]["findings"][0]["sentence"]
    assert f"  look at: episode 000007: {sentence}" in printed
    assert "not reviewed yet: `snakemake review` prepares a page" in printed
    listed = workflow.run("check")
    assert sentence in listed
    assert "annotated" not in listed
    assert workflow.jobs() == {}

    # Who has looked at it is told of the others alone.
    folder = workflow.path("corrections/tiny")
    (folder / "annotated").mkdir(parents=True)
    for path in (folder, folder / "annotated"):
        (path / "episode_000007.json").write_text(json.dumps(SWAPPED))
    assert workflow.jobs() == {"take_correction": 1, "write_data": 1, **LOOKS}
    printed = workflow.run()
    assert "look at: episode 000007" not in printed
    assert "  1 of 20 episodes reviewed: 1 accepted, 0 corrected" in printed
    assert sentence not in workflow.run("check")
    assert "reviewed         1  19 remaining" in workflow.run("status")


def test_a_run_without_checks_leaves_them_for_when_they_are_asked_for(
    checked: Workflow, tmp_path: Path
) -> None:
    root = render(tmp_path / "tiny", 3)
    checked.config = {
        "datasets": [{"root": str(root)}],
        "annotator": "kinematic",
        "checks": False,
    }
    checked.run()
    assert not checked.path("work/tiny/checks.json").exists()
    assert checked.jobs() == {}
    assert checked.jobs("check") == {"measure_motion": 1, "check_labels": 1, "check": 1}
    assert "tiny: " in checked.run("check")
    checked.config["checks"] = True
    assert checked.jobs() == {"report_labels": 1}


def test_a_change_checks_what_is_new_and_measures_it_alone(
    checked: Workflow, tmp_path: Path
) -> None:
    # What the robot is follows from the first ten.
    dataset = {"root": str(render(tmp_path / "tiny", 12)), "episodes": "0:10"}
    checked.config = {
        "datasets": [dataset],
        "annotator": "kinematic",
        "claude": {"episodes_per_job": 2},
    }
    checked.run()
    dataset["episodes"] = "0:12"
    jobs = checked.jobs()
    assert {name: jobs[name] for name in ("measure_motion", *LOOKS)} == {
        "measure_motion": 1,
        **LOOKS,
    }


def test_an_episode_without_labels_holds_up_no_check(checked: Workflow, real_data: Path) -> None:
    root = str(real_data / "g1_bottle_v2.1")
    checked.config = {"datasets": [{"root": root, "name": "bottle", "episodes": "3:6"}]}
    with ClaudeServer(RealEpisodes(real_data), faults={"episode_000004": Refusal()}) as server:
        checked.ask(server.url, server.key)
        printed = checked.run("--keep-going", fails=True)
        assert "bottle: 3 episodes selected, 2 annotated, 1 failed" in printed
        requests = len(server.requests)
        listed = checked.run("check")
        assert len(server.requests) == requests
    first = checks(checked, "bottle")[0]
    assert (first["episode"], first["findings"][0]["kind"]) == (4, "failed")
    assert first["findings"][0]["sentence"] in listed
    # Labelled by hand, it is one of the others.
    correction = checked.path("corrections/bottle/episode_000004.json")
    correction.parent.mkdir(parents=True)
    correction.write_text(json.dumps(LABELS))
    checked.run("check")
    kinds = {f["kind"] for each in checks(checked, "bottle") for f in each["findings"]}
    assert "failed" not in kinds


def test_motion_that_cannot_be_read_fails_no_run_of_a_model(
    checked: Workflow, real_data: Path, tmp_path: Path
) -> None:
    root = tmp_path / "bottle"
    shutil.copytree(real_data / "g1_bottle_v2.1", root)
    path = root / "data/chunk-000/episode_000001.parquet"
    table = pq.read_table(path)
    pq.write_table(table.drop_columns(["observation.state"]), path)
    checked.config = {"datasets": [{"root": str(root), "episodes": "0:3"}]}
    with ClaudeServer(RealEpisodes(real_data)) as server:
        checked.ask(server.url, server.key)
        printed = checked.run()
    assert "bottle: 3 episodes selected, 3 annotated, 0 failed" in printed
    measured = json.loads(checked.path("work/bottle/movement/000000-000015.json").read_text())
    assert sorted(measured) == ["0", "1", "2"]
    assert "observation.state" in measured["1"]["fault"]
    assert "speed" in measured["0"]


@pytest.mark.parametrize("version", ["v2.1", pytest.param("v3.0", marks=pytest.mark.thorough)])
def test_the_motion_of_a_dataset_on_the_hub_comes_from_the_result(
    checked: Workflow, real_data: Path, version: str
) -> None:
    """Nothing is fetched for it, since every data file is fetched for the result."""
    workflow = checked
    workflow.config = {"datasets": [{"repo_id": "me/bottle", "episodes": "0:2"}]}
    with (
        HubServer() as hub,
        ClaudeServer(FromFunction(lambda question: LABELS)) as claude,
    ):
        hub.create("me/bottle", real_data / f"g1_bottle_{version}")
        workflow.environment |= {"HF_ENDPOINT": hub.url, "HF_TOKEN": hub.token}
        workflow.ask(claude.url, claude.key)
        workflow.run()
        [measured] = workflow.path("work/me--bottle/movement").glob("*.json")
        assert sorted(json.loads(measured.read_text())) == ["0", "1"]
        assert "speed" in json.loads(measured.read_text())["1"]
        assert workflow.jobs() == {}
        # A correction writes its data file anew, and measures nothing.
        correction = workflow.path("corrections/me--bottle/episode_000001.json")
        correction.parent.mkdir(parents=True)
        correction.write_text(json.dumps(LABELS))
        jobs = workflow.jobs()
        assert jobs["take_correction"] == 1
        assert "measure_motion" not in jobs
        assert "describe_robot" not in jobs
