"""The rows of a group's episodes are checked, and each fault stays that of its episode."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from subtasks import episode_facts
from subtasks.episode_facts import EpisodeFacts
from support import programs

DATA = "data/chunk-000/file-000.parquet"


class Group:
    """Episodes that the metadata lists, and the data file with their rows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.listed: dict[str, dict[str, Any]] = {}
        self.rows: list[tuple[int, int, int]] = []

    def listing(self, episode: int, length: int, *, row: int | None, **more: Any) -> None:
        entry = {"task": "wave", "length": length, "data": DATA, "row": row}
        self.listed[str(episode)] = entry | more

    def write(self, episode: int, count: int, *, task: int = 0, first: int = 0) -> None:
        self.rows += [(episode, first + frame, task) for frame in range(count)]

    def check(self, *options: str) -> dict[int, EpisodeFacts]:
        path = self.folder / DATA
        path.parent.mkdir(parents=True, exist_ok=True)
        names = ("episode_index", "frame_index", "task_index")
        columns = zip(*self.rows, strict=True)
        pq.write_table(pa.table(dict(zip(names, map(list, columns), strict=True))), path)
        return self.checked("--data", str(self.folder), *options)

    def checked(self, *options: str) -> dict[int, EpisodeFacts]:
        listed, output = self.folder / "listed.json", self.folder / "episodes.json"
        listed.write_text(json.dumps(self.listed))
        programs.run("check_episodes.py", "--listed", listed, *options, "--output", output)
        return episode_facts.read(output)


def test_rows_are_where_they_say_they_are(tmp_path: Path) -> None:
    group = Group(tmp_path)
    for episode, row in ((4, 0), (5, 0), (6, 10)):
        group.listing(episode, 5, row=row)
    group.write(4, 5)
    group.write(5, 5)
    found = group.check()
    assert found[4] == EpisodeFacts("wave", 5, 0, 5)
    assert (found[5].first, found[5].rows, found[5].fault) == (5, 5, None)
    assert "found by their own episode_index" in found[5].remarks[0]
    assert found[6].fault == (
        f"{DATA} has no rows of episode 6, although the metadata says 5; restore them or exclude "
        "the episode"
    )


def test_a_whole_file_is_its_episode_and_that_it_says_otherwise_is_remarked(
    tmp_path: Path,
) -> None:
    group = Group(tmp_path)
    group.listing(0, 5, row=0)
    group.write(6, 5)
    [found] = group.check("--whole-files").values()
    assert (found.first, found.rows, found.fault) == (0, 5, None)
    assert "its rows give another episode_index" in found.remarks[0]


def test_lengths_that_disagree_are_remarked(tmp_path: Path) -> None:
    group = Group(tmp_path)
    group.listing(0, 5, row=0)
    group.listing(1, 5, row=3)
    group.write(0, 3)
    group.write(1, 8)
    found = group.check()
    assert found[0].remarks == ("it has 3 rows, but 5 frames by the metadata",)
    assert found[1].remarks[0].startswith("3 of its 8 rows get no label")


def test_a_file_that_cannot_be_used_is_the_fault_of_its_episodes_alone(tmp_path: Path) -> None:
    group = Group(tmp_path)
    group.listing(0, 5, row=0)
    group.listing(1, 5, row=0, data="data/gone.parquet")
    group.listing(2, 5, row=0, data="data/html.parquet")
    group.listing(3, 5, row=5)
    group.write(0, 5)
    group.write(3, 5, first=40)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/html.parquet").write_text("<html>")
    found = group.check()
    assert found[0].fault is None
    assert found[1].fault is not None
    assert "data/gone.parquet: No such file or directory" in found[1].fault
    assert found[2].fault is not None
    assert found[2].fault.startswith("data/html.parquet cannot be read as Parquet")
    assert found[3].fault is not None
    assert "its frame_index goes from 40 to 44 in 5 rows" in found[3].fault


def test_a_task_is_looked_up_by_its_number(tmp_path: Path) -> None:
    group = Group(tmp_path)
    group.listing(0, 2, row=0, task="")
    group.listing(1, 2, row=2)
    group.listing(2, 2, row=4, task="")
    group.write(0, 2, task=1)
    group.write(1, 2, task=1)
    group.write(2, 2, task=9)
    table = tmp_path / "tasks.jsonl"
    table.write_text('{"task_index": 1, "task": "pour the tea"}\n')
    found = group.check("--asks", "--tasks", str(table))
    assert [each.task for each in found.values()] == ["pour the tea", "wave", ""]
    assert found[2].remarks == ("it has no task sentence: set task: for the dataset",)
    # Who asks nobody needs none.
    assert group.check()[2].remarks == ()
    table.write_text("[]")
    found = group.check("--asks", "--tasks", str(table))
    assert [bool(each.fault) for each in found.values()] == [True, False, True]
    assert found[0].fault == (
        "meta/tasks.jsonl is not one JSON object a line: restore it, or set task: for the dataset"
    )


def test_without_data_the_metadata_is_believed(tmp_path: Path) -> None:
    group = Group(tmp_path)
    group.listing(7, 5, row=0)
    assert group.checked() == {7: EpisodeFacts("wave", 5, 0, 5)}
