"""`snakemake review`: what the page shows is made, and made again where something has changed."""

import json
import os
from pathlib import Path
from typing import Any

import httpx2
import pytest

from servers.claude import ClaudeServer, RealEpisodes
from servers.hub import HubServer
from support.many_episodes import render
from support.review_server import ReviewServer
from support.workflow import Workflow

LABELS = [{"time": 0.0, "subtask": "reach"}, {"time": 2.0, "subtask": "grasp"}]


@pytest.fixture
def bottle(workflow: Workflow, real_data: Path) -> Workflow:
    workflow.config = {
        "datasets": [{"root": str(real_data / "g1_bottle_v2.1"), "name": "b", "episodes": "0:3"}],
        "annotator": "kinematic",
        "claude": {"episodes_per_job": 2},
    }
    return workflow


def read(workflow: Workflow, path: str) -> Any:
    return json.loads(workflow.path(path).read_text())


def correct(workflow: Workflow, episode: int) -> None:
    path = workflow.path(f"corrections/b/episode_{episode:06d}.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(LABELS))


def test_what_the_page_shows_is_made_and_the_next_command_is_named(bottle: Workflow) -> None:
    printed = bottle.run("review")
    assert "To look at the labels and to correct them:\n  python " in printed
    assert "scripts/review.py" in printed
    assert "3 episodes selected, 3 annotated, 0 failed" in printed
    overview = read(bottle, "reviews/b/overview.json")
    assert [each["episode"] for each in overview["episodes"]] == [0, 1, 2]
    for number in range(3):
        episode = read(bottle, f"reviews/b/episode_{number:06d}.json")
        assert episode["motion"]["speed"]
        assert episode["filmstrip"]["times"][0] == 0.0
        assert bottle.path(f"reviews/b/episode_{number:06d}.jpg").stat().st_size > 1000
    # It is not part of a run, and a run is no part of it.
    assert bottle.jobs("review") == {}
    assert "write_data" in bottle.jobs()
    # Nothing new is labelled, so that there is nothing to sum up.
    printed = bottle.run("review", "--forcerun", "review_overview")
    assert "annotated" not in printed
    assert "To look at the labels" in printed


def test_only_what_has_changed_is_made_again(bottle: Workflow) -> None:
    bottle.run("review")
    correct(bottle, 1)
    changed = {"take_correction": 1, "check_labels": 1, "review_overview": 1}
    assert bottle.jobs("review") == {**changed, "review": 1}
    bottle.run("review")
    labels = [each["labels"] for each in read(bottle, "reviews/b/overview.json")["episodes"]]
    assert [label[1] for label in labels[1]] == ["reach", "grasp"]
    # Other frames are other pictures, and nothing else.
    bottle.config["sample"] = {"fps": 1}
    jobs = bottle.jobs("review")
    jobs.pop("write_config")
    assert jobs == {"sample_frames": 3, "review_episode": 3, "review": 1}


def test_where_a_model_was_asked_its_frames_are_shown_and_nothing_is_asked(
    workflow: Workflow, real_data: Path
) -> None:
    workflow.config = {
        "datasets": [{"root": str(real_data / "g1_bottle_v3.0"), "name": "b", "episodes": "0:2"}]
    }
    with ClaudeServer(RealEpisodes(real_data)) as server:
        workflow.ask(server.url, server.key)
        workflow.run()
    jobs = workflow.jobs("review")
    assert jobs == {
        "describe_robot": 1,
        "measure_motion": 1,
        "check_labels": 1,
        "review_episode": 2,
        "review_overview": 1,
        "write_config": 1,
        "review": 1,
    }
    workflow.run("review")
    assert workflow.jobs() == {}
    assert read(workflow, "reviews/b/episode_000001.json")["filmstrip"]["times"]


def test_of_a_dataset_on_the_hub_nothing_is_fetched_again(
    workflow: Workflow, real_data: Path
) -> None:
    """Its videos are gone by then; the page shows the frames that were sampled."""
    workflow.config = {"datasets": [{"repo_id": "me/b", "episodes": "0:2"}]}
    with HubServer() as hub, ClaudeServer(RealEpisodes(real_data)) as claude:
        hub.create("me/b", real_data / "g1_bottle_v2.1")
        workflow.environment |= {"HF_ENDPOINT": hub.url, "HF_TOKEN": hub.token}
        workflow.ask(claude.url, claude.key)
        workflow.run()
        assert not [rule for rule in workflow.jobs("review") if rule.startswith("fetch")]
        workflow.run("review")
    # Neither the Hub nor a key is needed to look at it.
    home = {"PATH": os.environ["PATH"], "HOME": str(workflow.folder / "home")}
    with ReviewServer(workflow.folder, home) as server:
        episode = httpx2.get(f"{server.address}api/me--b/episodes/1").json()
        assert [camera["url"] for camera in episode["cameras"]] == [None]
        assert episode["filmstrip"]["times"]
        assert episode["motion"]["speed"]
        assert len(episode["subtasks"]) > 1
        picture = httpx2.get(server.address + episode["filmstrip"]["url"])
        assert picture.headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize("fault", ["no file", "a link that leads out", "no video"])
def test_an_episode_without_pictures_can_be_reviewed(
    workflow: Workflow, tmp_path: Path, fault: str
) -> None:
    """Without a model nobody needs them, and what is wrong with them is no fault of the labels."""
    root = render(tmp_path / "tiny", 2)
    workflow.config = {"datasets": [{"root": str(root)}], "annotator": "kinematic"}
    video = next(root.rglob("episode_000001.mp4"))
    if fault != "no video":
        video.unlink()
    if fault == "a link that leads out":
        (tmp_path / "other.mp4").touch()
        video.symlink_to(tmp_path / "other.mp4")
    workflow.run("review")
    for number in range(2):
        episode = read(workflow, f"reviews/tiny/episode_{number:06d}.json")
        assert episode["filmstrip"] is None
        assert episode["motion"]
    assert workflow.jobs("review") == {}


def test_an_episode_that_failed_is_shown_with_the_reason(
    workflow: Workflow, real_data: Path, tmp_path: Path
) -> None:
    root = render(tmp_path / "tiny", 3)
    broken = root / "data/chunk-000/episode_000001.parquet"
    os.truncate(broken, broken.stat().st_size // 2)
    workflow.config = {"datasets": [{"root": str(root)}], "annotator": "kinematic"}
    workflow.run("--keep-going", "review", fails=True)
    workflow.run("--keep-going", "review")
    failures = [
        each["failure"] for each in read(workflow, "reviews/tiny/overview.json")["episodes"]
    ]
    assert failures[0] is None
    assert failures[2] is None
    assert "episode_000001.parquet" in failures[1]
