from subtasks.evaluation.labelled import Stretch, found_stretches, true_stretches
from subtasks.evaluation.truth_file import TrueSegment
from subtasks.segments.segment import Segment


def test_a_found_segment_lasts_until_the_next_or_the_end() -> None:
    segments = [Segment(0.0, "Reach"), Segment(1.04, "grasp a cup")]
    assert found_stretches(segments, 10, 25) == (
        Stretch(0, 10, 0.0, "Reach", "reach"),
        Stretch(10, 25, 1.04, "grasp a cup", "grasp cup"),
    )


def test_gaps_of_the_truth_remain() -> None:
    segments = [TrueSegment(0.5, 1.0, "reach"), TrueSegment(2.0, 2.5, "reach")]
    found = true_stretches(segments, 10, 30)
    assert [(each.start, each.stop) for each in found] == [(5, 10), (20, 25)]


def test_what_has_no_frame_is_dropped() -> None:
    segments = [
        Segment(0.0, "a"),
        Segment(0.98, "b"),
        Segment(1.02, "c"),  # in one frame with b
        Segment(9.0, "d"),  # after the end
        Segment(1e300, "e"),
    ]
    assert [each.label for each in found_stretches(segments, 10, 25)] == ["a", "c"]
    assert found_stretches([], 10, 25) == ()
    assert true_stretches([TrueSegment(0.0, 0.04, "a")], 10, 25) == ()


def test_neighbours_that_say_the_same_are_one() -> None:
    segments = [Segment(0.0, "Grasp the cup"), Segment(1.0, "grasp cup"), Segment(2.0, "lift")]
    assert found_stretches(segments, 10, 30) == (
        Stretch(0, 20, 0.0, "Grasp the cup", "grasp cup"),
        Stretch(20, 30, 2.0, "lift", "lift"),
    )
