import statistics as reference

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.review import label_statistics
from subtasks.review.overview_file import Episode
from subtasks.segments.segment import Segment
from support.page_modules import evaluate

FPS = 10.0


def episode(number: int, length: int, *labels: tuple[float, str]) -> Episode:
    return Episode(number, "", length, tuple(Segment(time, label) for time, label in labels))


def test_segments_end_where_the_next_one_begins_and_the_last_with_the_episode() -> None:
    [grasp, reach] = label_statistics.count(
        [
            episode(0, 50, (0.0, "reach"), (1.0, "grasp"), (4.0, "reach")),
            episode(1, 30, (0.0, "grasp"), (0.5, "grasp")),
        ],
        FPS,
    )
    assert (grasp.label, grasp.segments, grasp.episodes) == ("grasp", 3, 2)
    assert grasp.typical == 2.5
    assert grasp.total == pytest.approx(3.0 + 0.5 + 2.5)
    assert (reach.segments, reach.episodes, reach.total) == (2, 1, 2.0)


def test_the_commonest_come_first_then_by_their_characters() -> None:
    episodes = [episode(0, 50, (0, "b"), (1, "a"), (2, "Z"), (3, "é"), (4, "é"))]
    found = label_statistics.count(episodes, FPS)
    assert [each.label for each in found] == ["é", "Z", "a", "b"]


def test_the_order_is_that_of_the_page() -> None:
    labels = ["grasp", "Grasp", "", "é", "e\u0301", "\uffe6", "\U0001f916", "grasp", "10", "9"]
    found = label_statistics.count(
        [episode(0, 50, *((float(time), label) for time, label in enumerate(labels)))], FPS
    )
    assert [each.label for each in found] == evaluate(
        "ordered from colours.js", "ordered(labels)", labels=labels
    )


def test_mistakes_are_counted() -> None:
    labels = (Segment(0, "grasp", mistake=True), Segment(1, "grasp"))
    [found] = label_statistics.count([Episode(0, "", 20, labels)], FPS)
    assert (found.segments, found.mistakes) == (2, 1)


def test_an_episode_of_unknown_length_has_no_negative_one() -> None:
    found = label_statistics.count([episode(0, 0, (0.0, "reach"), (1.0, "grasp"))], FPS)
    assert [each.total for each in found] == [0.0, 1.0]


@given(st.lists(st.integers(1, 1000), min_size=2, max_size=40))
def test_lengths_agree_with_the_standard_library(lengths: list[int]) -> None:
    episodes = [episode(number, length, (0, "a")) for number, length in enumerate(lengths)]
    [found] = label_statistics.count(episodes, FPS)
    seconds = [length / FPS for length in lengths]
    cuts = reference.quantiles(seconds, n=20, method="inclusive")
    assert found.typical == pytest.approx(reference.median(seconds))
    assert (found.short, found.long) == pytest.approx((cuts[0], cuts[-1]))
    assert found.total == pytest.approx(sum(seconds))
