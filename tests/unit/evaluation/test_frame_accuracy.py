from subtasks.evaluation.frame_accuracy import confusion, right_frames
from subtasks.evaluation.overlaps import overlapping
from support.stretches import of_letters


def test_frames_with_the_true_label_are_right() -> None:
    found, truth = of_letters("aaabbbcc"), of_letters("aabbbb.c")
    # Frames 0, 1, 3, 4, 5 and 7; frame 6 has no true label.
    assert right_frames(overlapping(found, truth), found, truth) == 6


def test_frames_are_counted_by_true_and_found_label() -> None:
    # A letter that is an article is one that stands for itself.
    found, truth = of_letters("xxxyyyzz"), of_letters("xxyyyy.z")
    assert confusion(overlapping(found, truth), found, truth) == {
        ("x", "x"): 2,
        ("y", "x"): 1,
        ("y", "y"): 3,
        ("z", "z"): 1,
    }
