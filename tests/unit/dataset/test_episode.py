"""Values of an episode are checked and cleaned."""

from typing import Any

import pytest

from subtasks.dataset import episode
from subtasks.dataset.episode import Clip, Episode
from subtasks.errors import Problem


def test_an_episode_has_an_id() -> None:
    read = Episode(17, 20, "wave", "data/a.parquet", 0)
    assert read.id == "episode_000017"


def test_each_file_with_footage_is_named_once() -> None:
    clips = (Clip("left", "a.parquet"), Clip("top", "v.mp4", 0.5, 2.5), Clip("right", "a.parquet"))
    read = Episode(17, 20, "wave", "a.parquet", 0, clips)
    assert read.footage == ("a.parquet", "v.mp4")
    assert [clip.is_video for clip in clips] == [False, True, False]


@pytest.mark.parametrize(
    ("tasks", "text"),
    [
        (None, ""),
        ([], ""),
        ("wave", "wave"),
        (["pick\n the\x07 cup ", "", "wave"], "pick the cup; wave"),
        (["x" * 3000], "x" * episode.MAX_TASK_LENGTH),
        (["wave", None], "wave"),
        (["pick the squash", "valid"], "pick the squash"),
        (["Valid"], "Valid"),
    ],
)
def test_tasks_become_one_line(tasks: Any, text: str) -> None:
    assert episode.task(tasks) == text


@pytest.mark.parametrize("tasks", [5, ["wave", 5], {"task": "wave"}])
def test_tasks_of_another_kind_are_refused(tasks: Any) -> None:
    with pytest.raises(Problem, match="an episode's tasks must be a list of strings, not"):
        episode.task(tasks)


@pytest.mark.parametrize("value", [0, -1, True, 2.5, None, "x", "0", episode.MAX_FRAMES + 1])
def test_a_length_is_a_number_of_frames(value: Any) -> None:
    assert episode.length(episode.MAX_FRAMES, "line 3") == episode.MAX_FRAMES
    with pytest.raises(Problem, match=r"line 3: length is .* must be a number of frames from 1 to"):
        episode.length(value, "line 3")


@pytest.mark.parametrize("value", [-1, True, 2.5, None, "-1", "", [], 10**9])
def test_an_index_counts_from_zero(value: Any) -> None:
    assert episode.index(0, "file_index") == 0
    with pytest.raises(Problem, match=r"file_index is .* must be a whole number from 0"):
        episode.index(value, "file_index")


@pytest.mark.parametrize("value", [7, 7.0, "7", " 7 ", "7.0", "7.000"])
def test_a_whole_number_may_be_stored_otherwise(value: Any) -> None:
    assert episode.whole(value) == 7


@pytest.mark.parametrize(
    "value",
    [7.5, float("nan"), float("inf"), 1e300, True, None, "x", "7.5", "7,0", "1_0", "\u0667", "7."],
)
def test_other_values_are_no_whole_numbers(value: Any) -> None:
    assert episode.whole(value) is None


@pytest.mark.parametrize(("value", "seconds"), [(2, 2.0), (2.5, 2.5), ("2.5", 2.5)])
def test_seconds_may_be_stored_as_text(value: Any, seconds: float) -> None:
    assert episode.seconds(value, "from_timestamp") == seconds
    for other in (None, True, "two", []):
        with pytest.raises(Problem, match=r"from_timestamp is .* must be a number of seconds"):
            episode.seconds(other, "from_timestamp")
