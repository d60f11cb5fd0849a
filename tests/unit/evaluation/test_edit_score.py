import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subtasks.evaluation.edit_score import distance, edit_score

words = st.text("abc", max_size=8)


@pytest.mark.parametrize(
    ("found", "truth", "changes"),
    [
        ("kitten", "sitting", 3),  # k to s, e to i, a g more
        ("abc", "abc", 0),
        ("abc", "", 3),
        ("", "ab", 2),
        ("ab", "ba", 2),
        ("abcd", "acd", 1),
        ("aab", "ab", 1),
    ],
)
def test_changes_are_counted(found: str, truth: str, changes: int) -> None:
    assert distance(found, truth) == changes
    longer = max(len(found), len(truth))
    assert edit_score(found, truth) == pytest.approx(1 - changes / longer)


def test_two_empty_orders_are_equal() -> None:
    assert edit_score([], []) == 1.0


@settings(max_examples=150, deadline=None)
@given(words, words)
def test_the_same_as_by_its_definition(one: str, other: str) -> None:
    def slow(a: str, b: str) -> int:
        if not a or not b:
            return len(a) + len(b)
        if a[0] == b[0]:
            return slow(a[1:], b[1:])
        return 1 + min(slow(a[1:], b), slow(a, b[1:]), slow(a[1:], b[1:]))

    one, other = one[:6], other[:6]
    assert distance(one, other) == slow(one, other) == distance(other, one)
    assert 0.0 <= edit_score(one, other) <= 1.0
