"""What the server answers to the page."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from subtasks.demo import arm, lerobot
from support import review_workspace
from support.review_workspace import Review
from unit.review.conftest import Page, opened


def test_the_datasets_say_how_much_is_reviewed(page: Page) -> None:
    counts = {"name": "demo", "episodes": 5, "accepted": 0, "corrected": 0, "failed": 1}
    assert page.get("api/datasets") == [counts]
    page.save(0, page.episode(0)["subtasks"])
    page.save(1, [{"time": 0, "subtask": "all of it"}])
    page.save(4, [{"time": 0, "subtask": "by hand"}])
    assert page.get("api/datasets") == [{**counts, "accepted": 1, "corrected": 2, "failed": 0}]


def test_an_episode_has_all_there_is_to_see(page: Page) -> None:
    found = page.episode(1)
    labels = page.review.labels["demo"][1]
    expected = [{"time": each.time, "subtask": each.subtask} for each in labels]
    cameras = found.pop("cameras")
    assert len(found.pop("version")) == 20
    assert set(found.pop("motion")) == {"seconds", "speed", "opening", "actions", "changes"}
    assert found.pop("filmstrip")["url"] == "filmstrips/demo/1.jpg"
    assert found == {
        "episode": 1,
        "task": "put the red block in the bin",
        "length": 40,
        "fps": arm.FPS,
        "status": "new",
        "failure": None,
        "subtasks": expected,
        "annotated": expected,
        "fault": None,
        "score": 2.5,
        "findings": [
            {"kind": "length", "score": 2.5, "time": 0.5, "sentence": "reach lasts 6.1 s"}
        ],
        "agreement": None,
        "truth": None,
        "truth_trouble": None,
    }
    assert [each["name"] for each in cameras] == [lerobot.CAMERA, lerobot.WRIST]
    assert cameras[0] == {
        "name": lerobot.CAMERA,
        "url": "media/demo/1/0",
        "codec": "av1",
        "start": 0.0,
        "stop": pytest.approx(40 / 30),
    }


def test_an_episode_without_labels_says_why(page: Page) -> None:
    found = page.episode(4)
    assert (found["status"], found["subtasks"]) == ("failed", [])
    assert found["failure"] == "nobody has labelled it"
    saved = page.save(4, [{"time": 0, "subtask": "by hand"}])
    assert saved["status"] == "corrected"
    assert page.episode(4)["failure"] is None


def test_what_is_not_there_is_404(page: Page) -> None:
    for path in (
        "api/nowhere/overview",
        "api/demo/episodes/99",
        "api/demo/episodes/-1",
        "api/demo/episodes/" + "9" * 5000,
        "api/demo/episodes/0x1",
        "media/demo/0/2",
        "media/demo/0/" + "1" * 5000,
        "media/demo/99/0",
        "filmstrips/demo/99.jpg",
        "filmstrips/demo/0.json",
        "filmstrips/demo/overview.json",
        "page/nothing.js",
        "page/..%2Fapp.py",
        "page/.%2e%2fapp.py",
        "page/main.js%00.html",
        "favicon.ico",
    ):
        answer = page.client.get(path)
        assert (path, answer.status_code) == (path, 404)
        assert set(answer.json()) == {"message"}


def test_other_methods_are_refused(page: Page) -> None:
    for method, path in [
        ("POST", "api/datasets"),
        ("PUT", "api/demo/labels"),
        ("DELETE", "media/demo/0/0"),
        ("POST", "api/demo/episodes/0"),
        ("PATCH", "api/demo/episodes/0"),
        ("TRACE", ""),
        ("OPTIONS", "api/demo/episodes/0"),
    ]:
        answer = page.client.request(method, path)
        assert (method, answer.status_code) == (method, 405)
        assert answer.json() == {"message": "This method is not used here."}


def test_the_overview_is_compressed_and_named(page: Page) -> None:
    plain = page.client.get("api/demo/overview", headers={"accept-encoding": "identity"})
    zipped = page.client.get("api/demo/overview", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip"
    assert plain.json() == zipped.json()
    etag = plain.headers["etag"]
    again = page.client.get("api/demo/overview", headers={"if-none-match": f"W/{etag}"})
    assert (again.status_code, again.content) == (304, b"")
    page.save(0, [{"time": 0, "subtask": "other"}])
    changed = page.client.get("api/demo/overview", headers={"if-none-match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag


def test_filmstrips_of_several_episodes_are_given_at_once(page: Page) -> None:
    found = page.get("api/demo/filmstrips?episodes=1,2,99,x,,1")
    assert set(found) == {"1", "2", "99"}
    assert found["1"] == page.episode(1)["filmstrip"]
    assert found["99"] is None
    many = ",".join(map(str, range(101)))
    assert page.client.get(f"api/demo/filmstrips?episodes={many}").status_code == 422
    picture = page.client.get(found["1"]["url"])
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.content == page.review.path("reviews", 1).with_suffix(".jpg").read_bytes()


def test_a_filmstrip_that_is_a_link_is_not_followed(page: Page, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    strip = page.review.path("reviews", 1).with_suffix(".jpg")
    strip.unlink()
    strip.symlink_to(secret)
    assert page.client.get("filmstrips/demo/1.jpg").status_code == 404


@pytest.mark.parametrize("content", ["", "[]", "{", '{"filmstrip": 5, "motion": null}'])
def test_a_damaged_review_hides_no_labels(page: Page, content: str) -> None:
    page.review.path("reviews", 1).write_text(content)
    found = page.episode(1)
    assert found["subtasks"]
    assert (found["motion"], found["filmstrip"]) == (None, None)


def test_without_an_overview_one_is_told_what_to_run(page: Page) -> None:
    page.review.overview().unlink()
    answer = page.client.get("api/demo/overview")
    assert answer.status_code == 409
    assert "run `snakemake review`" in answer.json()["message"]
    assert page.episode(0)["subtasks"]
    assert page.get("api/datasets")[0]["episodes"] == 5


def test_saving_needs_the_version_that_is_changed(page: Page) -> None:
    labels = [{"time": 0, "subtask": "mine"}]
    version = page.episode(0)["version"]
    assert page.put(0, labels, None).status_code == 428
    assert page.put(0, labels, "").status_code == 412
    assert page.put(0, labels, "0" * 20).status_code == 412
    first = page.put(0, labels, version)
    assert first.status_code == 200
    assert first.json()["subtasks"] == [{"time": 0.0, "subtask": "mine"}]
    second = page.put(0, [{"time": 0, "subtask": "theirs"}], version)
    assert second.status_code == 412
    found = second.json()
    assert found.pop("message").startswith("These labels have been changed elsewhere")
    assert found == first.json()
    assert page.review.written("corrections", 0) == [{"time": 0.0, "subtask": "mine"}]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "The request is not valid JSON."),
        (b"5", "The request must be an object."),
        (b"{}", 'The request must have a list of "subtasks".'),
        (b'{"subtasks": [{"time": 99, "subtask": "a"}]}', "after the end of the episode"),
    ],
)
def test_unusable_labels_are_422(page: Page, body: bytes, sentence: str) -> None:
    headers = {"If-Match": f'"{page.episode(0)["version"]}"'}
    answer = page.client.put("api/demo/episodes/0", content=body, headers=headers)
    assert answer.status_code == 422
    assert sentence in answer.json()["message"]
    assert not page.review.path("corrections", 0).exists()


def test_a_removed_correction_leaves_the_annotators_labels(page: Page) -> None:
    before = page.episode(0)
    saved = page.save(0, [{"time": 0, "subtask": "mine"}])
    # A run has taken it meanwhile.
    shutil.copy(page.review.path("corrections", 0), page.review.path("results", 0))
    os.utime(page.review.path("annotated", 0), (1, 1))
    assert page.remove(0, before["version"]).status_code == 412
    removed = page.remove(0, saved["version"])
    assert removed.status_code == 200
    assert removed.json()["subtasks"] == before["subtasks"]
    assert removed.json()["version"] == before["version"]
    assert not page.review.path("corrections", 0).exists()
    assert page.episode(0)["status"] == "new"
    assert page.row(0)["status"] == "new"
    assert [label for _, label, _ in page.row(0)["labels"]] == [
        each["subtask"] for each in before["subtasks"]
    ]
    # Twice is as good as once.
    assert page.remove(0, before["version"]).status_code == 200


def test_a_video_comes_in_parts(page: Page) -> None:
    whole = page.client.get("media/demo/1/0")
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.content[4:8] == b"ftyp"
    part = page.client.get("media/demo/1/0", headers={"range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert part.headers["content-range"] == f"bytes 4-7/{len(whole.content)}"
    last = page.client.get("media/demo/1/0", headers={"range": "bytes=-3"})
    assert last.content == whole.content[-3:]
    beyond = page.client.get("media/demo/1/0", headers={"range": "bytes=99999999-"})
    assert beyond.status_code == 416
    head = page.client.head("media/demo/1/1")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 0


def test_an_error_of_the_server_is_a_sentence(
    page: Page, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(type(page.workspace.datasets["demo"]), "review", broken)
    answer = page.client.get("api/demo/episodes/0")
    assert answer.status_code == 500
    assert answer.json() == {"message": "The server made an error, which is in its log."}
    assert "x-content-type-options" in answer.headers
    assert "ZeroDivisionError" in caplog.text


def test_labels_and_tasks_are_only_ever_json(review: Review) -> None:
    label = "</script><script>alert(1)</script> \u001b[31m\u202e"
    overview = json.loads(review.overview().read_text())
    overview["episodes"][0]["task"] = label * 50
    review.overview().write_text(json.dumps(overview))
    page = opened(review)
    page.save(0, [{"time": 0, "subtask": label}])
    answer = page.client.get("api/demo/overview")
    assert answer.headers["content-type"] == "application/json"
    row = page.row(0)
    assert row["task"] == label * 50
    # Control characters and marks of direction are no part of a label.
    assert row["labels"] == [[0.0, "</script><script>alert(1)</script> [31m", False]]


def test_both_versions_of_a_dataset_have_their_videos(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    review = review_workspace.build(tmp_path, 3, 20, {"old": "v2.1", "new": "v3.0"})
    page = opened(review)
    old, new = (page.episode(1, name)["cameras"] for name in ("old", "new"))
    assert [each["start"] for each in old] == [0.0, 0.0]
    assert [each["start"] for each in new] == [pytest.approx(20 / 30), pytest.approx(20 / 30)]
    assert [each["stop"] for each in new] == [pytest.approx(40 / 30), pytest.approx(40 / 30)]
    for name in ("old", "new"):
        assert page.client.get(f"media/{name}/1/1").content[4:8] == b"ftyp"
