import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.frames import sampling

RATE = 30


def clock(frames: int, rate: float = RATE) -> list[float]:
    return [frame / rate for frame in range(frames)]


@pytest.mark.parametrize(
    ("frames", "fps", "expected"),
    [
        (290, 1, [0, 30, 60, 90, 120, 150, 180, 210, 240, 270, 289]),  # the end is seen
        (271, 1, [0, 30, 60, 90, 120, 150, 180, 210, 240, 270]),  # it is a regular sample
        (285, 1, [0, 30, 60, 90, 120, 150, 180, 210, 240, 270]),  # not more than half a step on
        (1, 2, [0]),
        (2, 2, [0]),
        (10, 2, [0, 9]),
        (10, 0.01, [0]),
        (4, 30, [0, 1, 2, 3]),
        (4, 1000, [0, 1, 2, 3]),  # never a frame twice
    ],
)
def test_regular_samples_and_the_end(frames, fps, expected):
    samples = sampling.choose(clock(frames), fps, 600)

    assert list(samples.indices) == expected
    assert samples.rate == fps
    assert not samples.thinned


def test_too_many_are_thinned_evenly_from_the_first_to_the_last():
    samples = sampling.choose(clock(9001), 2, 101)

    assert samples.thinned
    assert samples.indices == tuple(range(0, 9001, 90))
    assert samples.rate == pytest.approx(100 / 300)


def test_variable_frame_rate_takes_the_nearest_frame():
    times = [0.0, 0.1, 0.45, 0.56, 1.2, 1.9, 2.4]

    assert sampling.choose(times, 2, 600).indices == (0, 2, 4, 5, 6)


def test_a_tie_goes_to_the_earlier_frame_whatever_the_rounding():
    # At 15 frames a second, half a second lies exactly between two frames.
    exact = [frame / 15 for frame in range(30)]
    for noise in (0, 1e-9, -1e-9):
        assert sampling.nearest([time + noise for time in exact], 0.5) == 7


@given(
    gaps=st.lists(st.floats(0.001, 2), max_size=200),
    fps=st.floats(0.05, 60),
    limit=st.integers(2, 50),
)
def test_whatever_the_times(gaps, fps, limit):
    times = [0.0]
    for gap in gaps:
        times.append(times[-1] + gap)

    samples = sampling.choose(times, fps, limit)

    assert list(samples.indices) == sorted(set(samples.indices))
    assert samples.indices[0] == 0
    assert len(samples.indices) <= limit
    assert 0 < samples.rate <= fps
    assert samples.thinned == (samples.rate < fps)
    # The end is seen: the last sample stands for everything after it.
    assert times[-1] - times[samples.indices[-1]] <= 0.5 / samples.rate + 1e-5


@given(
    times=st.lists(st.integers(0, 10**6), min_size=1, max_size=50, unique=True).map(sorted),
    time=st.floats(0, 2000),
)
def test_nearest_is_nearest(times, time):
    seconds = [tick / 512 for tick in times]

    found = sampling.nearest(seconds, time)

    least = min(abs(second - time) for second in seconds)
    assert abs(seconds[found] - time) <= least + 2 * sampling.EPSILON


@pytest.mark.parametrize(
    ("rate", "digits"), [(0.1, 1), (1, 1), (2, 1), (2.5, 2), (4, 2), (10, 2), (30, 3)]
)
def test_labels_are_exact_to_a_tenth_of_a_step(rate, digits):
    assert sampling.decimals(rate) == digits
    assert 0.5 * 10**-digits <= 0.1 / rate * (1 + 1e-9)
    assert digits == 1 or 0.5 * 10 ** -(digits - 1) > 0.1 / rate
    assert math.isfinite(rate)
