"""Which word of a label says what is done."""

from hypothesis import given
from hypothesis import strategies as st

from subtasks.checks.words import telling_words


def test_it_is_the_first() -> None:
    labels = {"Grasp the red block": 3, "grasp the cup": 1, "lift": 2, "抓住杯子": 1}
    words = ["grasp", "grasp", "lift", "抓住杯子"]
    assert list(telling_words(labels).values()) == words


def test_what_nearly_all_labels_begin_with_says_nothing() -> None:
    labels = {f"The robot {verb} cup {n}": 1 for verb in ("grasps", "lifts") for n in range(9)}
    labels |= {"wait": 1, "the robot": 1}
    found = telling_words(labels)
    assert set(found.values()) == {"grasps", "lifts", "wait", "the"}


def test_a_dataset_of_one_label_has_its_last_word() -> None:
    assert telling_words({"pick up the cup": 9}) == {"pick up the cup": "cup"}
    assert telling_words({}) == {}


@given(st.dictionaries(st.text(max_size=9), st.integers(1, 9)))
def test_every_label_has_a_word(labels: dict[str, int]) -> None:
    found = telling_words(labels)
    assert found.keys() == labels.keys()
    assert all(word in label.casefold() for label, word in found.items())
