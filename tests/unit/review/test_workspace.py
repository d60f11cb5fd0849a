"""The datasets that are shown, whatever is wrong with some of them."""

import json
import shutil
from pathlib import Path

import pytest

from subtasks.demo import lerobot
from subtasks.review.workspace import Workspace
from subtasks.workflow.config import Config
from support import review_workspace
from support.demo import store_images
from support.review_workspace import Review
from unit.review.conftest import Page, opened, workspace


def test_one_dataset_that_cannot_be_read_does_not_hide_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    review = review_workspace.build(tmp_path, 2, 20, {"one": "v2.1", "two": "v2.1"})
    shutil.rmtree(tmp_path / "data" / "one")
    warned: list[str] = []
    found = Workspace(Config.from_mapping(json.loads(review.config.read_text())), warned.append)
    assert list(found.datasets) == ["two"]
    assert "this dataset is left out" in warned[0]


def test_an_episode_without_its_video_is_still_there(review: Review) -> None:
    for path in review.folder.glob("data/demo/videos/**/*wrist/episode_000001.mp4"):
        path.unlink()
    page = opened(review)
    cameras = page.episode(1)["cameras"]
    assert [each["url"] for each in cameras] == ["media/demo/1/0", None]
    assert page.client.get("media/demo/1/1").status_code == 404


def test_images_have_no_address(review: Review) -> None:
    store_images(review.folder / "data/demo", {lerobot.WRIST: "observation.images.still"})
    cameras = opened(review).episode(0)["cameras"]
    assert [(each["url"], each["start"]) for each in cameras] == [
        ("media/demo/0/0", 0.0),
        (None, None),
    ]


def test_metadata_that_is_broken_for_one_camera_hides_no_other(review: Review) -> None:
    path = review.folder / "data/demo/meta/info.json"
    info = json.loads(path.read_text())
    info["features"]["a/../b"] = {"dtype": "video", "info": 5}
    info["features"][lerobot.CAMERA]["info"] = "broken"
    path.write_text(json.dumps(info))
    page = opened(review)
    assert page.episode(0)["subtasks"]
    assert page.client.get("api/demo/overview").status_code == 200


def test_the_number_of_frames_is_that_of_the_metadata(page: Page) -> None:
    shown = page.workspace.datasets["demo"]
    assert (shown.length(0), shown.length(99)) == (40, 1)
    assert (shown.task(99), shown.failure(99)) == ("", None)
    assert shown.has(4)
    assert not shown.has(5)


def test_left_overs_are_removed_at_the_start(review: Review) -> None:
    left = review.path("corrections", 0).with_name(".episode_000000.json.abcdefgh.tmp")
    left.parent.mkdir(parents=True)
    left.write_text("x")
    workspace(review)
    assert not left.exists()
