"""Steps between labels, and which of them are rare."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.checks.steps import END, START, Steps, steps_of


def rare(orders: dict[str, int]) -> dict[tuple[str, str], float]:
    steps = Steps.of((order.split(), number) for order, number in orders.items())
    shares = {step: steps.rarity(step) for step in steps.counts}
    return {step: share for step, share in shares.items() if share is not None}


def test_steps_begin_with_the_start_and_end_with_the_end() -> None:
    assert steps_of(["reach", "grasp"]) == [(START, "reach"), ("reach", "grasp"), ("grasp", END)]


def test_a_step_that_one_of_many_has_is_rare() -> None:
    assert rare({"reach grasp lift": 39, "reach lift": 1}) == {("reach", "lift"): 1 / 40}


def test_where_it_is_clear_what_comes_next_a_few_are_enough() -> None:
    assert rare({"reach grasp lift": 6, "reach lift": 1}) == {("reach", "lift"): 1 / 7}
    assert rare({"reach grasp lift": 3, "reach lift": 1}) == {}
    assert rare({"reach grasp lift": 4, "reach push lift": 3, "reach lift": 1}) == {}


def test_where_anything_may_follow_anything_nothing_is_rare() -> None:
    assert rare({f"reach grasp-{number} lift": 1 for number in range(40)}) == {}


def test_what_many_have_is_not_rare_however_small_their_share() -> None:
    assert rare({"reach grasp lift": 960, "reach lift": 40})
    assert rare({"reach grasp lift": 900, "reach lift": 100}) == {}


@given(st.dictionaries(st.text("ab ", max_size=6), st.integers(1, 30), min_size=1))
def test_a_share_is_a_share(orders: dict[str, int]) -> None:
    assert all(0 < share <= 0.17 for share in rare(orders).values())


@pytest.mark.parametrize("number", [1, 2, 5])
def test_a_single_order_is_not_rare(number: int) -> None:
    assert rare({"a b c a": number}) == {}
