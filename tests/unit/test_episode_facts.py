"""What is known of a group's episodes survives the file, and damage is one sentence."""

from pathlib import Path

import pytest

from subtasks import episode_facts
from subtasks.episode_facts import EpisodeFacts
from subtasks.errors import Problem

FACTS = {
    3: EpisodeFacts("put the red block in the bin", 40, first=80, rows=40),
    4: EpisodeFacts("", 40, fault="data/file-000.parquet has no rows of episode 4"),
    5: EpisodeFacts("pour", 40, rows=38, remarks=("it has 38 rows for 40 frames",)),
}


def test_the_file_gives_back_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "000000-000015.json"
    episode_facts.write(path, FACTS)
    assert episode_facts.read(path) == FACTS
    assert episode_facts.find(path, 4) == FACTS[4]


@pytest.mark.parametrize(
    "text", ["", "[]", "[1]", '{"x": {}}', '{"1": {}}', '{"1": 2}', '{"1": {"remarks": 5}}']
)
def test_a_damaged_file_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "000000-000015.json"
    path.write_text(text)
    with pytest.raises(Problem, match=r"^\S+000000-000015.json .*remove it and run again$"):
        episode_facts.find(path, 0)
