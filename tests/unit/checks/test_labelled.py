"""Labels as the checks see them."""

from subtasks.checks.labelled import Stretch, first_word, stretches
from subtasks.segments.segment import Segment
from support.checked import episode


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


def test_the_first_word_says_what_is_done() -> None:
    assert first_word("Grasp the red block") == "grasp"
    assert first_word("抓住杯子") == "抓住杯子"
    assert first_word(" ") == " "
