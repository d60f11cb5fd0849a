"""Files that the config names are the user's, or else the workflow's; one must exist."""

from pathlib import Path
from typing import Any

import pytest

from subtasks.errors import Problem
from subtasks.workflow import shipped_files
from support import configs
from support.workflow import PROJECT


@pytest.fixture(autouse=True)
def _in_a_folder_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("sections", "sentence"),
    [
        (
            {"labels": {"prompts": {"segment": "mine.md"}}},
            "config: labels.prompts.segment is mine.md, but there is no such file",
        ),
        (
            {"claude": {"prices": "pric.yaml"}},
            "config: claude.prices is pric.yaml, but there is no such file",
        ),
        (
            {"labels": {"passes": ["describe", "segment"], "prompts": {"describe": "config"}}},
            "config: labels.prompts.describe is config, which is a folder: name a file",
        ),
    ],
)
def test_a_file_that_is_needed_and_missing_is_named_with_its_key(
    sections: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Problem) as caught:
        shipped_files.check_files(configs.read(**sections), PROJECT)
    assert str(caught.value) == sentence
    shipped_files.check_files(configs.read(**sections, annotator="kinematic"), PROJECT)


@pytest.mark.parametrize(
    "labels", [{}, {"prompts": {"relabel": "unused.md"}}, {"granularity": "events"}]
)
def test_files_that_exist_or_are_not_needed_are_fine(labels: dict[str, Any]) -> None:
    shipped_files.check_files(configs.read(labels=labels), PROJECT)


@pytest.mark.parametrize(
    ("granularity", "name"), [("phases", "segment.md"), ("events", "segment_events.md")]
)
def test_each_pass_has_the_shipped_prompt(granularity: str, name: str) -> None:
    passes = ["describe", "segment", "relabel"]
    config = configs.read(labels={"passes": passes, "granularity": granularity})
    found = shipped_files.prompts(config, PROJECT)
    assert list(found) == passes
    names = ["describe.md", name, "relabel.md"]
    assert list(found.values()) == [str(PROJECT / "config/prompts" / each) for each in names]
    assert all(Path(path).is_file() for path in found.values())


def test_a_file_in_the_users_folder_comes_first(tmp_path: Path) -> None:
    assert shipped_files.settings_file("config/prices.yaml", PROJECT) == str(
        PROJECT / "config/prices.yaml"
    )
    (tmp_path / "config/prompts").mkdir(parents=True)
    (tmp_path / "config/prices.yaml").touch()
    (tmp_path / "config/prompts/segment.md").touch()
    assert shipped_files.settings_file("config/prices.yaml", PROJECT) == "config/prices.yaml"
    assert shipped_files.prompts(configs.read(), PROJECT) == {
        "segment": "config/prompts/segment.md"
    }


def test_an_absolute_path_is_itself(tmp_path: Path) -> None:
    assert shipped_files.settings_file(str(tmp_path / "x.md"), PROJECT) == str(tmp_path / "x.md")
