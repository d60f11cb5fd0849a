"""Frame by frame: which labels are found where which are true."""

from collections import Counter
from collections.abc import Iterable, Sequence

from subtasks.evaluation.labelled import Stretch
from subtasks.evaluation.overlaps import Overlap


def right_frames(
    overlaps: Iterable[Overlap], found: Sequence[Stretch], truth: Sequence[Stretch]
) -> int:
    """Count the frames whose found label says the same as the true one."""
    return sum(each.frames for each in overlaps if found[each.found].text == truth[each.true].text)


def confusion(
    overlaps: Iterable[Overlap], found: Sequence[Stretch], truth: Sequence[Stretch]
) -> Counter[tuple[str, str]]:
    """Count the frames of each pair of a true and a found label, both normalised."""
    frames: Counter[tuple[str, str]] = Counter()
    for each in overlaps:
        frames[truth[each.true].text, found[each.found].text] += each.frames
    return frames
