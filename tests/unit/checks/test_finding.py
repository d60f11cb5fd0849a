"""Scores and quotes that all checks share."""

from hypothesis import given
from hypothesis import strategies as st

from subtasks.checks.finding import MAX_QUOTED, quantile, quoted, surprise


def test_a_long_label_is_cut_in_a_sentence() -> None:
    assert quoted("grasp") == '"grasp"'
    assert len(quoted("g" * 200)) == MAX_QUOTED + 2


def test_what_is_rarer_is_more_surprising() -> None:
    assert surprise(1.0) == 0
    assert surprise(0.1) == 1
    assert surprise(0.01) == 2


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(0, 1))
def test_a_quantile_is_between_the_least_and_the_largest(values: list[float], share: float) -> None:
    ordered = sorted(values)
    assert ordered[0] - 1e-6 <= quantile(ordered, share) <= ordered[-1] + 1e-6
    assert quantile(ordered, 0) == ordered[0]
    assert quantile(ordered, 1) == ordered[-1]
