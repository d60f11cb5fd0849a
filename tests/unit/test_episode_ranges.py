import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.episode_ranges import format_ranges, parse_ranges, select
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
def test_what_is_no_slice_is_refused(text: str) -> None:
    with pytest.raises(Problem, match="neither a list nor start:stop"):
        select([1, 2], text)
