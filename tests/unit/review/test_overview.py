"""The labels of all episodes as they are now."""

import json
import os
from pathlib import Path

import pytest

from subtasks.errors import Problem
from subtasks.review.overview import Overview, encode
from support.review_workspace import Review
from unit.review.conftest import Page, opened


def test_all_episodes_are_there_in_order(page: Page) -> None:
    found = page.get("api/demo/overview")
    episodes = found.pop("episodes")
    assert found == {
        "dataset": "demo",
        "fps": 30,
        "unified": False,
        "protocol": {"name": "", "text": ""},
        "truth": None,
    }
    assert [each["episode"] for each in episodes] == [0, 1, 2, 3, 4]
    assert [each["status"] for each in episodes] == ["new"] * 4 + ["failed"]
    assert [each["score"] for each in episodes] == [0, 2.5, 0, 0, 0]
    assert episodes[4]["failure"] == "nobody has labelled it"
    assert episodes[0] == {
        "episode": 0,
        "task": "put the blue block in the bin",
        "length": 40,
        "status": "new",
        "failure": None,
        "labels": [[e.time, e.subtask, False] for e in page.review.labels["demo"][0]],
        "score": 0,
        "findings": [],
        "filmstrip": True,
        "agreement": None,
    }


def test_corrections_are_laid_over_it(page: Page) -> None:
    page.save(2, [{"time": 0, "subtask": "mine", "mistake": True}])
    row = page.row(2)
    assert (row["status"], row["labels"]) == ("corrected", [[0.0, "mine", True]])
    # By hand, while the server runs.
    path = page.review.path("corrections", 3)
    path.write_text('[{"time": 0, "subtask": "by hand"}]')
    assert page.row(3)["labels"] == [[0.0, "by hand", False]]
    path.write_text("[{")
    row = page.row(3)
    assert (row["status"], row["labels"]) == ("failed", [])
    assert "is not valid JSON" in row["failure"]
    path.unlink()
    assert page.row(3)["status"] == "new"


def test_what_a_run_makes_is_noticed(page: Page) -> None:
    assert page.row(0)["status"] == "new"
    result = page.review.path("results", 0)
    result.write_text('[{"time": 0, "subtask": "asked again"}]')
    newer = page.review.overview().stat().st_mtime + 5
    os.utime(result, (newer, newer))
    assert page.row(0)["labels"] == [[0.0, "asked again", False]]
    overview = json.loads(page.review.overview().read_text())
    overview["episodes"] = overview["episodes"][:2]
    overview["episodes"][1]["labels"] = [[0.0, "from the overview", None, False]]
    page.review.overview().write_text(json.dumps(overview))
    os.utime(page.review.overview(), (newer + 5, newer + 5))
    assert len(page.get("api/demo/overview")["episodes"]) == 2
    assert page.row(1)["labels"] == [[0.0, "from the overview", False]]
    checks = {"episodes": [{"episode": 1, "score": 9.5, "findings": []}]}
    (page.review.folder / "work/demo/checks.json").write_text(json.dumps(checks))
    assert page.row(1)["score"] == 9.5


def test_the_vocabulary_stands_for_the_annotators_words(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = json.loads(review.config.read_text())
    settings["annotator"] = "claude"
    settings["labels"]["unify"] = True
    review.config.write_text(json.dumps(settings))
    page = opened(review)
    assert page.get("api/demo/overview")["unified"]
    assert page.get("api/demo/overview")["protocol"]["name"] == "phases"
    assert "hold still" in page.get("api/demo/overview")["protocol"]["text"]
    before = page.row(0)["labels"]
    path = review.folder / "vocabularies" / "demo.yaml"
    path.parent.mkdir()
    first, second = before[0][1], before[1][1]
    path.write_text(f"labels:\n  touch:\n    {first}: 1\n    {second}:\n")
    assert page.row(0)["labels"] == [[0.0, "touch", False], *before[2:]]
    assert page.episode(0)["subtasks"][0] == {"time": 0.0, "subtask": "touch"}
    path.write_text("labels: [")
    answer = page.client.get("api/demo/overview")
    assert answer.status_code == 409
    assert "demo.yaml, line" in answer.json()["message"]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"episodes": [5]}', '{"fps": 1, "episodes": 5}']
)
def test_a_damaged_overview_is_a_sentence(page: Page, content: str) -> None:
    page.review.overview().write_text(content)
    overview = Overview(page.workspace.datasets["demo"], {})
    with pytest.raises(Problem, match="damaged"):
        overview.encoded()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"episodes": [5]}'])
def test_damaged_checks_are_none(page: Page, content: str) -> None:
    (page.review.folder / "work/demo/checks.json").write_text(content)
    assert page.row(1)["findings"] == []
    assert page.episode(1)["findings"] == []


def test_nothing_is_made_again_without_a_change(page: Page, tmp_path: Path) -> None:
    overview = Overview(page.workspace.datasets["demo"], {})
    first = overview.encoded()
    assert overview.encoded() is first
    page.save(0, [{"time": 0, "subtask": "mine"}])
    assert overview.encoded() is not first


def test_half_a_character_can_be_sent() -> None:
    assert encode({"a": "\ud800"}) == b'{"a":"?"}'
