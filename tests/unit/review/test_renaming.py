"""A label gets another name everywhere."""

import json
from typing import Any

import pytest

from support.review_workspace import Review
from unit.review.conftest import Page, opened

GRASP, REACH = "grasp the blue block", "reach toward the blue block"


def names(page: Page, episode: int) -> list[str]:
    return [label for _, label, _ in page.row(episode)["labels"]]


def test_corrections_are_written_for_all_episodes_with_the_label(page: Page) -> None:
    having = [n for n in range(5) if GRASP in names(page, n)]
    assert having
    answer = page.rename(GRASP, " grab  it ")
    assert answer.status_code == 200
    files = [f"corrections/demo/episode_{n:06d}.json" for n in having]
    assert answer.json() == {"episodes": len(having), "files": files}
    for number in having:
        assert "grab it" in names(page, number)
        assert GRASP not in names(page, number)
        found = page.episode(number)
        # Nobody has looked at it for that.
        assert found["status"] == page.row(number)["status"] == "new"
        assert GRASP in [each["subtask"] for each in found["annotated"]]
    # Who accepts it has reviewed it, and a further name takes nothing of that back.
    found = page.episode(having[0])
    page.save(having[0], found["subtasks"])
    assert page.episode(having[0])["status"] == "corrected"
    assert page.rename("grab it", "take it").status_code == 200
    assert page.episode(having[0])["status"] == page.row(having[0])["status"] == "corrected"
    assert page.episode(having[-1])["status"] == "new"
    assert page.rename(GRASP, "again").status_code == 404


def test_merging_makes_neighbours_one(page: Page) -> None:
    before = page.row(0)["labels"]
    assert [before[0][1], before[1][1]] == [REACH, GRASP]
    assert page.rename(GRASP, REACH).status_code == 200
    assert page.row(0)["labels"] == [before[0], *before[2:]]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (GRASP, "", "The new name: the label is blank."),
        (GRASP, GRASP, "The new name is the old one."),
        (5, "a", "The label 5 is not a text."),
        (GRASP, None, "The new name: the label null is not a text."),
    ],
)
def test_names_that_cannot_be_are_refused(page: Page, old: Any, new: Any, sentence: str) -> None:
    answer = page.rename(old, new)
    assert (answer.status_code, answer.json()["message"]) == (422, sentence)
    assert not list(page.review.folder.glob("corrections/demo/*.json"))


def test_a_unified_label_is_renamed_in_the_vocabulary(review: Review) -> None:
    settings = json.loads(review.config.read_text())
    settings["annotator"] = "claude"
    settings["labels"]["unify"] = True
    review.config.write_text(json.dumps(settings))
    path = review.folder / "vocabularies" / "demo.yaml"
    path.parent.mkdir()
    path.write_text(f"# mine\nlabels:\n  grab:  # here\n    {GRASP}: 2\n")
    page = opened(review)
    having = [n for n in range(5) if "grab" in names(page, n)]
    page.save(having[0], page.episode(having[0])["subtasks"])
    answer = page.rename("grab", "take: it")
    assert answer.json() == {
        "episodes": len(having),
        "files": ["vocabularies/demo.yaml", f"corrections/demo/episode_{having[0]:06d}.json"],
    }
    assert path.read_text() == f'# mine\nlabels:\n  "take: it":  # here\n    {GRASP}: 2\n'
    assert all("take: it" in names(page, number) for number in having)
    # Words that nobody has listed yet.
    assert page.rename(REACH, "approach").status_code == 200
    assert f"  approach:\n    {REACH}:\n" in path.read_text()
    assert "approach" in names(page, having[0])
    # What is only in a correction.
    page.save(having[0], [{"time": 0, "subtask": "own"}])
    before = path.read_text()
    answer = page.rename("own", "mine")
    assert answer.json()["files"] == [f"corrections/demo/episode_{having[0]:06d}.json"]
    assert path.read_text() == before
