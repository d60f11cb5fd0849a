"""Labels as the checks see them."""

from subtasks.checks.labelled import Stretch, stretches, words_of
from subtasks.segments.segment import Segment
from support.checked import episode, ordered


def test_the_last_label_lasts_to_the_end() -> None:
    segments = [Segment(0.0, "reach"), Segment(1.5, "grasp", mistake=True)]
    assert stretches(segments, 4.0) == (
        Stretch(0.0, 1.5, "reach"),
        Stretch(1.5, 4.0, "grasp", mistake=True),
    )
    assert stretches(segments, 1.0)[-1].length == 0


def test_mistakes_are_no_part_of_the_order() -> None:
    tried = episode(0, ("reach", 1), ("grasp", 1), ("reach", 1), ("grasp", 1), mistakes=[1])
    assert tried.order == (("reach", 0.0), ("grasp", 3.0))


def test_labels_have_words_that_say_what_is_done() -> None:
    episodes = [ordered(0, "reach grasp"), episode(1, ("grasp a cup", 1.0))]
    assert words_of(episodes) == {"reach": "reach", "grasp": "grasp", "grasp a cup": "grasp"}
