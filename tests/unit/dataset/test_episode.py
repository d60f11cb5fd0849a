"""Values of an episode are checked and cleaned."""

from typing import Any

import pytest

from subtasks.dataset import episode
from subtasks.dataset.episode import Episode
from subtasks.errors import Problem


def test_an_episode_has_an_id() -> None:
    read = Episode(17, 20, "wave", "data/a.parquet", 0, None, 0.0, 2.0)
    assert read.id == "episode_000017"


@pytest.mark.parametrize(
    ("tasks", "text"),
    [
        (None, ""),
        ([], ""),
        ("wave", "wave"),
        (["pick\n the\x07 cup ", "", "wave"], "pick the cup; wave"),
        (["x" * 3000], "x" * episode.MAX_TASK_LENGTH),
    ],
)
def test_tasks_become_one_line(tasks: Any, text: str) -> None:
    assert episode.task(tasks) == text


@pytest.mark.parametrize("tasks", [5, ["wave", None], {"task": "wave"}])
def test_tasks_of_another_kind_are_refused(tasks: Any) -> None:
    with pytest.raises(Problem, match="an episode's tasks must be a list of strings, not"):
        episode.task(tasks)


@pytest.mark.parametrize("value", [0, -1, True, 2.5, None, "5", episode.MAX_FRAMES + 1])
def test_a_length_is_a_number_of_frames(value: Any) -> None:
    assert episode.length(episode.MAX_FRAMES, 3) == episode.MAX_FRAMES
    with pytest.raises(Problem, match="length of episode 3 must be a number of frames from 1 to"):
        episode.length(value, 3)


@pytest.mark.parametrize("value", [-1, True, 2.0, None, "5", 10**9])
def test_an_index_counts_from_zero(value: Any) -> None:
    assert episode.index(0, "file_index") == 0
    with pytest.raises(Problem, match=r"file_index .* in the metadata is not a valid index"):
        episode.index(value, "file_index")
