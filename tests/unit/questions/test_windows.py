"""Windows of long episodes: every image is shown, and each window fits into a request."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from subtasks.questions.windows import (
    OVERLAP_SECONDS,
    RequestLimits,
    Window,
    cut_windows,
    thin_images,
)
from support.sheets import sheets


def sent(window: Window, sizes: list[int]) -> int:
    """Bytes of the window's images as base64."""
    return sum(-(-size // 3) * 4 for size in sizes[window.first : window.last])


# cut ------------------------------------------------------------------------------------------


@given(
    st.integers(1, 120),
    st.integers(1, 30),
    st.integers(1, 700),
    st.integers(1, 40),
    st.integers(1000, 60_000),
    st.data(),
)
def test_windows_show_everything_and_fit_into_requests(
    count: int, tiles: int, frames: int, most: int, room: int, data: st.DataObject
) -> None:
    images = sheets(count, tiles)
    sizes = data.draw(st.lists(st.integers(1, 5000), min_size=count, max_size=count))
    limits = RequestLimits(frames, most, room)
    parts = cut_windows(images, sizes, limits)
    assert parts[0].first == 0
    assert parts[-1].last == count
    for before, after in pairwise(parts):
        assert before.first < after.first <= before.last < after.last
    for part in parts:
        assert part.start == images[part.first].times[0]
        assert part.stop == images[part.last - 1].times[-1]
        # A single image goes even if it is too much by itself.
        if part.last - part.first > 1:
            assert (part.last - part.first) * tiles <= frames
            assert part.last - part.first <= most
            assert sent(part, sizes) <= room


@given(st.integers(2, 400), st.integers(2, 60))
def test_neighbours_share_ten_seconds_or_half_a_window(count: int, sheets_each: int) -> None:
    parts = cut_windows(sheets(count), [1000] * count, RequestLimits(20 * sheets_each, 600))
    for before, after in pairwise(parts):
        shared = before.last - after.first
        assert shared >= 1
        enough = before.stop - after.start >= min(OVERLAP_SECONDS, 9.5)
        assert enough or shared >= (before.last - before.first) // 2


def test_a_short_episode_is_one_window() -> None:
    images = sheets(30)
    assert cut_windows(images, [100_000] * 30, RequestLimits(600, 600)) == [
        Window(0, 30, 0.0, 299.5)
    ]


def test_half_an_hour_takes_seven_windows() -> None:
    parts = cut_windows(sheets(180), [100_000] * 180, RequestLimits(600, 600))
    assert len(parts) == 7
    assert sum(part.last - part.first for part in parts) <= 180 * 1.1


# thin -----------------------------------------------------------------------------------------


@given(
    st.lists(st.integers(1, 50_000), min_size=1, max_size=300),
    st.integers(1, 700),
    st.integers(1, 3_000_000),
)
def test_thinning_keeps_the_ends_and_an_even_step(sizes: list[int], most: int, room: int) -> None:
    chosen = thin_images(sizes, RequestLimits(10_000, most, room))
    assert chosen == sorted(set(chosen))
    assert 1 <= len(chosen) <= most
    assert set(chosen) <= set(range(len(sizes)))
    assert chosen[0] == 0
    if len(chosen) > 1:
        assert chosen[-1] == len(sizes) - 1
        assert sum(-(-sizes[i] // 3) * 4 for i in chosen) <= room
        steps = [b - a for a, b in pairwise(chosen)]
        assert max(steps) - min(steps) <= 1


def test_what_fits_is_not_thinned() -> None:
    assert thin_images([100] * 7, RequestLimits(600, 600)) == list(range(7))
