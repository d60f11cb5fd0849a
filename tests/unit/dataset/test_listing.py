"""Rows of the metadata are judged when their episode is asked for, and not before."""

import pytest

from subtasks.dataset.episode import Episode
from subtasks.dataset.listing import Listing
from subtasks.errors import Problem


def read(index: int) -> Episode:
    if index == 1:
        raise Problem("line 2: length is 0")
    return Episode(index, 5, "", "data/a.parquet", 0)


def test_rows_are_read_when_they_are_asked_for() -> None:
    listing = Listing()
    for number in (0, 1, 2.0, "3"):
        listing.add(number, "line", read)
    assert list(listing.episodes) == [0, 1, 2, 3]
    assert listing.episodes[3]().index == 3
    with pytest.raises(Problem, match="length is 0"):
        listing.episodes[1]()


def test_a_number_that_is_none_or_comes_twice() -> None:
    listing = Listing()
    for line, number in enumerate((0, 0, None, "x"), 1):
        listing.add(number, f"line {line}", read)
    assert listing.total == 3
    with pytest.raises(Problem, match="line 2: episode_index 0 is listed twice"):
        listing.episodes[0]()
    assert listing.unnumbered[0].startswith("line 3: episode_index is None")
    assert listing.unnumbered[1].startswith("line 4: episode_index is 'x'")
