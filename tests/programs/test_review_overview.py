"""The program that collects the labels of a dataset for the review page."""

from pathlib import Path

import pytest

from subtasks.review import overview_file
from support.programs import fails, run
from support.reviewed import LABELS, write_sources


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    return write_sources(tmp_path)


def test_the_overview_has_all_selected_episodes(options: list[str], tmp_path: Path) -> None:
    output = tmp_path / "reviews/overview.json"
    log = run("review_overview.py", *options, "--output", output)
    assert "4 episodes, 1 of them without labels" in log
    found = overview_file.read(output)
    assert {each.episode: list(each.labels) for each in found.episodes} == LABELS
    assert found.episodes[2].failure == "Claude gave no usable answer"
    before = output.read_bytes()
    run("review_overview.py", *options, "--output", output)
    assert output.read_bytes() == before


def test_a_dataset_of_which_nothing_is_known_has_an_overview(tmp_path: Path) -> None:
    output = tmp_path / "overview.json"
    base = ["--dataset", "demo", "--fps", 30, "--output", output]
    run("review_overview.py", *base, "--episodes", "0-2")
    assert [each.failure for each in overview_file.read(output).episodes] == [
        "it has no labels yet"
    ] * 3


def test_a_damaged_file_is_one_sentence(options: list[str], tmp_path: Path) -> None:
    (tmp_path / "subtasks/episode_000016.json").write_text("[")
    sentence = fails("review_overview.py", *options, "--output", tmp_path / "overview.json")
    assert "episode_000016.json is not valid JSON" in sentence
    assert not (tmp_path / "overview.json").exists()
