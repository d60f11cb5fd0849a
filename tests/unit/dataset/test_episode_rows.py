"""Rows of an episode are found by what they say of themselves."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.dataset import episode_rows
from subtasks.dataset.episode_rows import EpisodeRows
from subtasks.errors import Problem
from support.small_datasets import SEVERAL


def write(folder: Path, episodes: Any, frames: Any, group: int = 1 << 20, **more: Any) -> Path:
    path = folder / "file.parquet"
    columns = {"episode_index": episodes, "frame_index": frames, **more}
    table = pa.table({name: each for name, each in columns.items() if each is not None})
    pq.write_table(table, path, row_group_size=group)
    return path


@pytest.mark.parametrize("group", [1, 3, 100])
def test_rows_of_several_episodes(tmp_path: Path, group: int) -> None:
    path = write(tmp_path, [4, 4, 4, 7, 7], [0, 1, 2, 0, 1], group, task_index=[2, 2, 0, 1, 1])
    assert episode_rows.find(path, [4, 5, 7], whole_file=False) == {
        4: EpisodeRows(3, 0, tasks=[2, 0]),
        5: EpisodeRows(),
        7: EpisodeRows(2, 3, tasks=[1]),
    }


def test_a_whole_file_is_the_episode_whatever_its_rows_say(tmp_path: Path) -> None:
    path = write(tmp_path, [6, 6, 6], [0, 1, 2])
    assert episode_rows.find(path, [0], whole_file=True)[0] == EpisodeRows(3, 0, others=[6])
    for unusable in (None, ["a", "b", "c"], [None] * 3, [[1, 2], [2, 3], [3, 4]]):
        path = write(tmp_path, unusable, [0, 1, 2])
        assert episode_rows.find(path, [0], whole_file=True)[0] == EpisodeRows(3, 0)


@pytest.mark.parametrize(
    ("episodes", "frames"), [([1, 2, 1], [0, 0, 1]), ([1, 1], [1, 0]), ([1, 2, 1], [1, 0, 0])]
)
def test_rows_that_do_not_follow_one_another(
    tmp_path: Path, episodes: list[int], frames: list[int]
) -> None:
    found = episode_rows.find(write(tmp_path, episodes, frames), [1], whole_file=False)[1]
    assert (found.count, found.first, found.fault) == (2, None, None)


@pytest.mark.parametrize(
    ("frames", "said"),
    [
        ([1, 2, 3], "goes from 1 to 3 in 3 rows, but must count from 0 to 2"),
        ([40, 41, 42], "goes from 40 to 42"),
        ([0, 0, 0], "goes from 0 to 0"),
        ([0, 1, 1], "goes from 0 to 1"),
        ([0, 2, 4], "goes from 0 to 4"),
        ([-1, 0, 1], "goes from -1 to 1"),
    ],
)
def test_frames_that_cannot_be_told_apart(tmp_path: Path, frames: list[int], said: str) -> None:
    found = episode_rows.find(write(tmp_path, [1, 1, 1], frames), [1], whole_file=False)[1]
    assert found.fault is not None
    assert said in found.fault


@pytest.mark.parametrize("kind", [pa.int32(), pa.uint8(), pa.float64(), pa.string()], ids=str)
def test_numbers_of_any_type(tmp_path: Path, kind: pa.DataType) -> None:
    columns = [pa.array(numbers).cast(kind) for numbers in ([1, 1, 2], [0, 1, 0])]
    assert episode_rows.find(write(tmp_path, *columns), [2], whole_file=False) == {
        2: EpisodeRows(1, 2)
    }


@pytest.mark.parametrize(
    ("episodes", "frames", "said"),
    [
        ([1.5, None], [0, 1], "cannot use episode_index in .*: it holds 1.5 of type double, not"),
        ([1, 1], [True, False], "cannot use frame_index in .*: it holds bool, not whole numbers"),
        ([1, 1], None, "has no column frame_index, which LeRobot's data files have"),
        (None, [0, 1], "has no column episode_index"),
    ],
)
def test_unusable_columns_are_one_sentence(
    tmp_path: Path, episodes: Any, frames: Any, said: str
) -> None:
    with pytest.raises(Problem, match=said):
        episode_rows.find(write(tmp_path, episodes, frames), [1], whole_file=False)


@pytest.mark.parametrize("group", [1, 100])
@pytest.mark.parametrize(
    ("frames", "said"),
    [
        ([0, 1, 0, None], "it has an empty cell"),
        ([0.0, 1.0, 0.0, 0.5], "it holds 0.5 of type double, not a whole number"),
        (["0", "1", "0", "one"], "it holds the text 'one', not a whole number"),
    ],
)
def test_an_unusable_cell_is_the_fault_of_its_episode_alone(
    tmp_path: Path, group: int, frames: Any, said: str
) -> None:
    path = write(tmp_path, [1, 1, 2, 2], frames, group)
    found = episode_rows.find(path, [1, 2], whole_file=False)
    assert found[1] == EpisodeRows(2, 0)
    assert (found[2].count, found[2].first) == (2, None)
    assert found[2].fault == f"its frame_index cannot be used: {said}"


def test_a_row_without_an_episode_or_a_task_is_missed_by_nobody_else(tmp_path: Path) -> None:
    path = write(tmp_path, [1, 1, None, 2], [0, 1, 0, 1], task_index=[3, None, 4, 4])
    found = episode_rows.find(path, [1, 2], whole_file=False)
    assert found[1] == EpisodeRows(2, 0, tasks=[3])
    assert found[2].count == 1
    assert found[2].fault is not None


@SEVERAL
@given(st.data())
def test_any_order_of_rows(tmp_path: Path, data: st.DataObject) -> None:
    """Whatever the order, each episode has the rows that name it, and no others."""
    lengths = data.draw(st.dictionaries(st.integers(0, 5), st.integers(1, 5), min_size=1))
    rows = [(e, f) for e, count in lengths.items() for f in range(count)]
    shuffled = data.draw(st.permutations(rows))
    path = write(
        tmp_path, *map(list, zip(*shuffled, strict=True)), group=data.draw(st.integers(1, 9))
    )
    found = episode_rows.find(path, range(6), whole_file=False)
    assert {e: each.count for e, each in found.items() if each.count} == lengths
    for episode, each in found.items():
        assert each.fault is None
        if each.first is not None:
            own = shuffled[each.first : each.first + each.count]
            assert own == [(episode, frame) for frame in range(each.count)]
