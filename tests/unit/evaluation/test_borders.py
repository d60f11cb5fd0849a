from itertools import permutations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from subtasks.evaluation.borders import ROUNDING, TOLERANCES, borders, match_borders
from support.stretches import on_frames

times = st.lists(st.integers(0, 40).map(lambda tenths: tenths / 10), max_size=7).map(sorted)


def test_what_begins_with_the_episode_is_no_border() -> None:
    first, second = on_frames((0, 5, "a"), (5, 9, "b"))
    assert borders([first, second]) == [second]
    (late,) = on_frames((3, 9, "a"))
    assert borders([late]) == [late]


@pytest.mark.parametrize(
    ("found", "truth", "tolerance", "pairs"),
    [
        ([1.0], [1.1], 0.25, [(0, 0)]),
        ([1.0], [1.3], 0.25, []),
        # The nearest pair is 1.2 and 1.25; what is left, 1.0 and 1.6, is too far apart.
        ([1.0, 1.2], [1.25, 1.6], 0.5, [(1, 0)]),
        # Taken in the order of time, 1.0 would have had 1.25 and 1.2 the 1.6: nearest first.
        ([1.0, 1.2], [1.25, 1.6], 1.0, [(0, 1), (1, 0)]),
        # Equally near: the earlier is taken.
        ([1.0, 2.0], [1.5], 0.5, [(0, 0)]),
        ([1.5], [1.0, 2.0], 0.5, [(0, 0)]),
        # Files round to microseconds.
        ([1.0], [1.2500005], 0.25, [(0, 0)]),
        ([], [1.0], 1.0, []),
        ([1.0], [], 1.0, []),
    ],
)
def test_borders_are_paired_one_to_one_nearest_first(found, truth, tolerance, pairs) -> None:
    assert match_borders(found, truth, tolerance) == pairs


@settings(max_examples=150, deadline=None)
@given(times, times, st.sampled_from(TOLERANCES))
@example([0.1, 0.2], [0.2, 0.1 + 1 + ROUNDING], 1.0)
def test_the_same_as_by_looking_at_all_pairs(found, truth, tolerance) -> None:
    distances = sorted(
        (abs(a - b), b, a, f, t) for f, a in enumerate(found) for t, b in enumerate(truth)
    )
    pairs: list[tuple[int, int]] = []
    for distance, *_, f, t in distances:
        free = all(f != one and t != other for one, other in pairs)
        if free and distance <= tolerance + ROUNDING:
            pairs.append((f, t))
    assert match_borders(found, truth, tolerance) == sorted(pairs)


@settings(max_examples=100, deadline=None)
@given(times, times)
def test_a_smaller_tolerance_keeps_the_nearer_of_the_same_pairs(found, truth) -> None:
    widest = match_borders(found, truth, TOLERANCES[-1])
    for tolerance in TOLERANCES:
        near = [(f, t) for f, t in widest if abs(found[f] - truth[t]) <= tolerance + ROUNDING]
        assert match_borders(found, truth, tolerance) == near


@settings(max_examples=60, deadline=None)
@given(times, times, st.sampled_from(TOLERANCES))
def test_swapping_found_and_true_gives_as_many_pairs(found, truth, tolerance) -> None:
    assert len(match_borders(found, truth, tolerance)) == len(
        match_borders(truth, found, tolerance)
    )


def test_nearest_first_gives_at_least_half_of_the_most_pairs() -> None:
    found, truth = [0.5, 1.4, 2.0, 2.6], [1.0, 1.5, 2.5, 3.2]
    most = max(
        sum(abs(found[f] - truth[t]) <= 0.5 for f, t in enumerate(order))
        for order in permutations(range(4))
    )
    assert most / 2 <= len(match_borders(found, truth, 0.5)) <= most
