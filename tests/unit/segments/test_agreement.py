import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.segments.agreement import Agreement, borders, compare_borders, match_borders
from subtasks.segments.segment import Segment

times = st.lists(st.floats(0.1, 20).map(lambda time: round(time, 2)), max_size=8)
tolerances = st.floats(0, 3)


def segments_at(*times: float) -> list[Segment]:
    return [Segment(0.0, "first"), *(Segment(time, f"from {time}") for time in times)]


# Pairing


@pytest.mark.parametrize(
    ("found", "truth", "pairs"),
    [
        ([1.0, 2.0], [1.1, 2.1], [(0, 0), (1, 1)]),
        ([1.0, 1.4], [1.3], [(1, 0)]),  # the nearest, not the first
        ([1.0], [0.6, 1.2], [(0, 1)]),
        ([1.0, 1.2, 1.4], [1.25], [(1, 0)]),  # each at most once
        ([2.0, 1.0], [1.0, 2.0], [(0, 1), (1, 0)]),  # whatever the order
        ([1.0], [1.5], [(0, 0)]),  # as far apart as is allowed
        ([1.0], [1.51], []),
        ([], [1.0], []),
    ],
)
def test_the_nearest_are_paired_one_to_one(found, truth, pairs):
    assert match_borders(found, truth, tolerance=0.5) == pairs


def test_times_rounded_to_microseconds_are_not_torn_apart():
    assert match_borders([0.1 + 0.2], [0.8 + 1e-7], tolerance=0.5) == [(0, 0)]


@given(times, times, tolerances)
def test_pairs_are_within_the_tolerance_and_use_nothing_twice(found, truth, tolerance):
    pairs = match_borders(found, truth, tolerance)
    for side in zip(*pairs, strict=True):
        assert len(set(side)) == len(side)
    assert all(abs(found[f] - truth[t]) <= tolerance + 1e-5 for f, t in pairs)
    left_found = set(range(len(found))) - {f for f, _ in pairs}
    left_truth = set(range(len(truth))) - {t for _, t in pairs}
    assert not any(abs(found[f] - truth[t]) <= tolerance for f in left_found for t in left_truth), (
        "two that could be paired were left"
    )


@given(times, times, tolerances)
def test_found_and_truth_can_be_exchanged(found, truth, tolerance):
    one = compare_borders(segments_at(*found), segments_at(*truth), tolerance)
    other = compare_borders(segments_at(*truth), segments_at(*found), tolerance)
    assert one.matched == other.matched
    assert one.precision == other.recall
    assert one.f1 == other.f1


# Counting


def test_the_start_is_no_border():
    assert borders(segments_at(2.0, 1.0)) == [1.0, 2.0]
    nothing = compare_borders(segments_at(), segments_at(), tolerance=1.0)
    assert (nothing.truth, nothing.found, nothing.f1, nothing.mean_error) == (0, 0, 1.0, None)


def test_precision_recall_and_error():
    agreement = compare_borders(
        segments_at(1.0, 2.0, 3.0, 9.0), segments_at(1.2, 3.4), tolerance=0.5
    )
    assert (agreement.truth, agreement.found, agreement.matched) == (2, 4, 2)
    assert agreement.precision == 0.5
    assert agreement.recall == 1.0
    assert agreement.f1 == pytest.approx(2 / 3)
    assert agreement.mean_error == pytest.approx(0.3)


def test_an_episode_without_labels_finds_nothing():
    agreement = compare_borders([], segments_at(1.0, 2.0), tolerance=0.5)
    assert (agreement.precision, agreement.recall, agreement.f1) == (1.0, 0.0, 0.0)


def test_episodes_are_pooled_by_their_borders():
    whole = Agreement(truth=1, found=1, matched=1, error=0.1)
    poor = Agreement(truth=5, found=3, matched=0, error=0.0)
    assert whole + poor == Agreement(truth=6, found=4, matched=1, error=0.1)
    assert (whole + poor).f1 == 0.2
