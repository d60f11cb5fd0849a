"""The true labels of a dataset on the page's server, and how well others agree with them."""

import os
from pathlib import Path

import pytest

from subtasks.demo import arm
from subtasks.evaluation import truth_file
from subtasks.evaluation.truth_file import TrueSegment, Truth
from subtasks.review.agreement import TrueLabels
from subtasks.segments.segment import Segment
from support.review_workspace import Review
from unit.review.conftest import Page

HOSTILE = '<img src=x onerror="alert(1)">'
TRUE = (
    TrueSegment(0.0, 0.5, "reach"),
    TrueSegment(0.5, 0.7, HOSTILE),
    TrueSegment(0.9, 1.3, "lift"),
)


def write(review: Review, *segments: TrueSegment, episode: int = 0) -> Path:
    path = review.folder / "work" / "demo" / "truth.json"
    truth_file.write(path, Truth("a folder", "folder of JSON files", (), {episode: segments}))
    return path


def test_a_page_gets_what_is_true_as_it_is_scored(page: Page) -> None:
    write(page.review, *TRUE)
    found = page.episode(0)
    assert found["truth_trouble"] is None
    assert found["truth"] == [
        {"start": 0.0, "end": 0.5, "label": "reach", "frames": [0, 15]},
        {"start": 0.5, "end": 0.7, "label": HOSTILE, "frames": [15, 21]},
        {"start": 0.9, "end": 1.3, "label": "lift", "frames": [27, 39]},
    ]
    assert page.get("api/demo/overview")["truth"] == {"origin": "a folder", "trouble": None}
    # Of others nobody has said anything.
    other = page.episode(1)
    assert (other["truth"], other["agreement"]) == (None, None)
    assert page.row(1)["agreement"] is None


def test_agreement_follows_what_is_saved(page: Page) -> None:
    write(page.review, *TRUE)
    labels = [(0, "reach"), (0.6, "grasp"), (0.9, "lift")]
    right = [{"time": time, "subtask": label} for time, label in labels]
    assert page.save(0, right)["agreement"] == 1
    assert page.row(0)["agreement"] == 1
    assert page.save(0, right[:2])["agreement"] == 0.6667
    assert page.row(0)["agreement"] == page.episode(0)["agreement"] == 0.6667
    # Of two that say the same, the second begins at no border.
    again = [*right[:2], {"time": 0.8, "subtask": "the GRASP"}, right[2]]
    assert page.save(0, again)["agreement"] == 1
    assert page.save(0, [])["agreement"] is None


def test_the_file_is_read_again_when_it_changes(page: Page) -> None:
    assert page.get("api/demo/overview")["truth"] is None
    write(page.review, *TRUE)
    before = page.row(0)["agreement"]
    assert before is not None
    path = write(page.review, TrueSegment(0, 0.1, "reach"), TrueSegment(0.1, 1.3, "lift"))
    os.utime(path, (9e8, 9e8))
    assert page.row(0)["agreement"] != before
    assert len(page.episode(0)["truth"]) == 2
    path.unlink()
    assert page.row(0)["agreement"] is None
    assert page.episode(0)["truth"] is None


@pytest.mark.parametrize("content", ["", "[]", '{"episodes": {"0": [[1, 0, "a"]]}}', "\x00", "{"])
def test_a_broken_file_is_one_sentence_and_the_page_works(page: Page, content: str) -> None:
    path = write(page.review, *TRUE)
    path.write_text(content)
    found = page.episode(0)
    assert found["truth"] is None
    assert found["subtasks"]
    assert str(path.relative_to(page.review.folder)) in found["truth_trouble"]
    assert "\n" not in found["truth_trouble"]
    truth = page.get("api/demo/overview")["truth"]
    assert truth == {"origin": None, "trouble": found["truth_trouble"]}
    assert page.save(0, [{"time": 0, "subtask": "mine"}])["agreement"] is None
    write(page.review, *TRUE)
    assert page.episode(0)["truth_trouble"] is None


def test_a_file_that_cannot_be_opened_is_a_sentence(tmp_path: Path) -> None:
    labels = TrueLabels(tmp_path, arm.FPS)
    assert labels.trouble() == f"{tmp_path}: Is a directory"
    assert labels.of(0, 10) == ()


def test_nothing_to_find_is_no_agreement(tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    truth_file.write(path, Truth("a", "b", (), {0: (TrueSegment(0, 1, "reach"),)}))
    labels = TrueLabels(path, 10)
    assert labels.agreement(0, 10, [Segment(0, "all of it")]) is None
    assert labels.agreement(0, 10, [Segment(0, "one"), Segment(0.5, "two")]) == 0
    assert labels.agreement(0, 10, []) is None
    assert labels.agreement(1, 10, [Segment(0, "one")]) is None
