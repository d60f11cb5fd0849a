"""Which frames a strip shows, and its size."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.frames import grid, strip_layout
from subtasks.segments.borders import Border, between
from subtasks.segments.segment import Segment, settle


def times(count: int, fps: float) -> array:
    return array("d", (frame / fps for frame in range(count)))


def test_two_seconds_are_seventeen_frames_around_the_border() -> None:
    [shown] = strip_layout.frames(times(600, 40), [Border(5.0, 4.0, 6.0)])
    assert shown == list(range(160, 241, 5))


def test_at_a_lower_rate_each_frame_is_shown_once() -> None:
    [shown] = strip_layout.frames(times(100, 5), [Border(5.0, 4.0, 6.0)])
    assert shown == list(range(20, 31))


def test_close_borders_each_have_a_frame_before_and_after() -> None:
    borders = between([Segment(t, str(t)) for t in (0.0, 5.0, 5.1)], 20.0)
    first, second = strip_layout.frames(times(600, 30), borders)
    assert first[-2:] == [150, 151]  # the border, and the frame nearest to the middle
    assert second[:2] == [151, 153]


def test_no_border_has_no_frame() -> None:
    assert strip_layout.frames(times(10, 30), []) == []


def test_where_the_video_ends_early_its_last_frame_stands_for_the_rest() -> None:
    [shown] = strip_layout.frames(times(140, 30), [Border(4.5, 3.5, 5.5)])
    assert shown[-1] == 139


@given(
    st.sets(st.integers(1, 299), min_size=1, max_size=10), st.sampled_from((5, 10, 29.97, 30, 60))
)
def test_every_strip_is_within_its_border_and_none_is_longer(frames: set[int], fps: float) -> None:
    entries = [Segment(frame / fps, str(frame)) for frame in (0, *sorted(frames))]
    borders = between(settle(entries, fps, 300), 300 / fps)
    shown = strip_layout.frames(times(300, fps), borders)
    assert len(shown) == len(borders)
    for indices, border in zip(shown, borders, strict=True):
        assert indices == sorted(set(indices))
        assert 2 <= len(indices) <= 17
        assert round(border.time * fps) in indices
        half = 0.5 / fps + 1e-6
        assert border.start - half <= indices[0] / fps < indices[-1] / fps <= border.stop + half


@pytest.mark.parametrize(
    ("cameras", "tiles", "columns", "rows"),
    [(1, 17, 6, 3), (2, 17, 3, 6), (3, 17, 2, 9), (1, 9, 5, 2), (1, 13, 5, 3), (1, 2, 2, 1)],
)
def test_a_picture_is_no_wider_than_models_see_sharply_and_hardly_empty(
    cameras: int, tiles: int, columns: int, rows: int
) -> None:
    tile = (224 * cameras + 3 * (cameras - 1), 168)
    assert strip_layout.columns(tile, cameras, tiles) == columns
    width, height = strip_layout.size(tile, cameras, tiles)
    assert width == tile[0] * columns + 3 * (columns - 1) <= 1568
    assert 168 * rows < height < 200 * rows


@given(
    st.integers(1, 16),
    st.integers(1, 17),
    st.integers(16, 4000),
    st.integers(1, 10),
)
def test_no_picture_is_larger_than_models_accept(
    cameras: int, tiles: int, height: int, widths: int
) -> None:
    tile = (cameras * 224 * widths // 3 + 3 * (cameras - 1), height)
    fitted = strip_layout.fitted(tile, cameras, tiles)
    assert max(strip_layout.size(tile, cameras, tiles)) <= 2000
    assert strip_layout.size(fitted, cameras, tiles) == strip_layout.size(tile, cameras, tiles)
    columns = strip_layout.columns(tile, cameras, tiles)
    assert (fitted == tile) == (max(grid.sheet_size(tile, columns, tiles)) <= 2000)
