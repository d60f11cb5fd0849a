"""What a second look shows of each border."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from subtasks.segments.borders import REACH_SECONDS, Border, between
from subtasks.segments.segment import Segment, settle


def at(*times: float) -> list[Segment]:
    return [Segment(time, f"step {number}") for number, time in enumerate(times)]


def test_a_border_is_shown_for_a_second_before_and_after_it() -> None:
    assert between(at(0.0, 5.0, 9.0), 20.0) == [Border(5.0, 4.0, 6.0), Border(9.0, 8.0, 10.0)]


def test_neighbours_share_what_is_between_them() -> None:
    assert between(at(0.0, 5.0, 6.0), 20.0) == [Border(5.0, 4.0, 5.5), Border(6.0, 5.5, 7.0)]


def test_nothing_is_before_the_beginning_or_after_the_end() -> None:
    assert between(at(0.0, 0.4, 9.8), 10.0) == [Border(0.4, 0.0, 1.4), Border(9.8, 8.8, 10.0)]


def test_one_subtask_has_no_border() -> None:
    assert between(at(0.0), 20.0) == []


@given(
    st.sets(st.integers(1, 299), max_size=12),
    st.sampled_from((10, 15, 29.97, 30, 50)),
)
def test_each_border_is_in_its_own_stretch_of_the_episode(frames: set[int], fps: float) -> None:
    entries = at(0.0, *(frame / fps for frame in sorted(frames)))
    found = between(settle(entries, fps, 300), 300 / fps)
    assert len(found) == len(frames)
    for border in found:
        assert 0 <= border.start < border.time < border.stop <= 300 / fps + 1e-6
        assert max(border.time - border.start, border.stop - border.time) <= REACH_SECONDS + 1e-6
    assert all(earlier.stop <= later.start + 1e-6 for earlier, later in pairwise(found))
