"""Episode numbers are selected, and written as ranges and in file names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.episode_ranges import check, episode_id, format_ranges, named, parse_ranges, select
from subtasks.errors import Problem

numbers = st.sets(st.integers(0, 3000))


@given(numbers)
def test_ranges_come_back_as_they_were(chosen: set[int]) -> None:
    assert parse_ranges(format_ranges(chosen)) == sorted(chosen)


@given(numbers, st.integers(0, 3000), st.integers(0, 3000))
def test_a_slice_is_one_of_the_numbers_themselves(available, start, stop) -> None:
    assert select(available, f"{start}:{stop}") == [
        i for i in sorted(available) if start <= i < stop
    ]
    assert select(available, f"{start}:") == [i for i in sorted(available) if start <= i]
    assert select(available, ":") == sorted(available)


@given(numbers)
def test_a_list_must_exist(available) -> None:
    assert select(available, sorted(available)[::2]) == sorted(available)[::2]
    with pytest.raises(Problem, match="3001-3002"):
        select(available, [3001, 3002])


def test_runs_are_written_short() -> None:
    assert format_ranges([5, 2, 1, 0, 9, 8]) == "0-2,5,8-9"


@pytest.mark.parametrize("text", ["5", "a:b", "1:2:3", "1.5:2"])
def test_what_is_not_a_slice_is_refused(text: str) -> None:
    with pytest.raises(Problem, match="must be a list of numbers or start:stop"):
        select([1, 2], text)


def test_absent_episodes_are_named_with_those_present() -> None:
    with pytest.raises(Problem, match=r"episodes 4,7-8 cannot be excluded: .* has episodes 0 to 3"):
        check(range(4), [0, 4, 8, 7], "excluded")
    with pytest.raises(Problem, match="episode 0 cannot be selected: the dataset has no episodes"):
        check([], [0], "selected")
    check(range(4), [3, 0], "selected")


def test_episodes_are_named() -> None:
    assert named([3]) == "episode 3"
    assert named([0, 1, 2, 5]) == "episodes 0-2,5"
    assert episode_id(17) == "episode_000017"
