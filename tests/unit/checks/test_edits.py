"""Edit distances, against the simplest way to find them."""

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from subtasks.checks.edits import MOST_LABELS, Edit, distance, edits

ORDERS = st.text("abcd", max_size=9)


def simple(one: str, other: str) -> int:
    @cache
    def rest(i: int, j: int) -> int:
        if i == len(one) or j == len(other):
            return len(one) - i + len(other) - j
        if one[i] == other[j]:
            return rest(i + 1, j + 1)
        return 1 + min(rest(i + 1, j), rest(i, j + 1), rest(i + 1, j + 1))

    return rest(0, 0)


@given(ORDERS, ORDERS)
def test_the_distance_is_that_of_the_simplest_way(one: str, other: str) -> None:
    assert distance(one, other) == distance(other, one) == simple(one, other)


@given(st.text("ab", min_size=60, max_size=90), st.text("ab", min_size=60, max_size=90))
def test_long_orders_have_a_distance_too(one: str, other: str) -> None:
    assert distance(one, other) == simple(one, other)


@given(ORDERS, ORDERS)
def test_there_are_no_more_edits_than_the_distance(one: str, other: str) -> None:
    found = edits(one, other)
    assert bool(found) == (one != other)
    moved = sum(edit.has == edit.lacks for edit in found)
    assert len(found) + moved == distance(one, other)


def test_edits_are_named() -> None:
    assert edits("abd", "abcd") == [Edit(2, None, "c", "b")]
    assert edits("bc", "abc") == [Edit(0, None, "a", None)]
    assert edits("abxc", "abc") == [Edit(2, "x", None, "b")]
    assert edits("axc", "abc") == [Edit(1, "x", "b", "a")]
    assert [(edit.has, edit.lacks) for edit in edits("acbd", "abcd")] == [("c", "c")]
    assert edits("a" * (MOST_LABELS + 1), "b") == []
