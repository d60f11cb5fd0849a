import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subtasks.evaluation.label_texts import kind, mean_the_same, normalise


@pytest.mark.parametrize(
    ("label", "normal"),
    [
        ("Grasp the cup", "grasp cup"),
        ("grasp a cup.", "grasp cup"),
        ("GRASP  an\tCUP!", "grasp cup"),
        ("pick-up (left) cup", "pick up left cup"),
        ("Straße", "strasse"),
        ("place 2 cups", "place 2 cups"),
        ("theme", "theme"),  # no article inside a word
        ("हाथ उठाओ", "हाथ उठाओ"),  # vowels that are marks of their own
        ("The", "the"),  # nothing else remains
        ("...", "..."),
    ],
)
def test_what_does_not_change_the_meaning_is_folded(label: str, normal: str) -> None:
    assert normalise(label) == normal


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_normalising_twice_changes_nothing(label: str) -> None:
    # A few letters of casefolding settle only the second time: "ŉ" becomes an apostrophe and n.
    once = normalise(normalise(label))
    assert normalise(once) == once


def test_the_kind_is_the_first_word() -> None:
    assert kind("The Reach for cups") == "reach"
    assert kind("place") == "place"
    assert kind("  ") == ""


def test_labels_mean_the_same_if_they_say_or_were_judged_so() -> None:
    judged = {("pick the cup", "grasp cup"): True, ("grasp cup", "pick the cup"): False}
    assert mean_the_same("Grasp the cup", "grasp cup", {})
    assert mean_the_same("pick the cup", "grasp cup", judged)
    assert not mean_the_same("grasp cup", "pick the cup", judged)
    assert not mean_the_same("pick the cup", "grasp cup", {})
    # Nobody needs to be asked about labels that say the same.
    assert mean_the_same("a cup", "cup", {("a cup", "cup"): False})
