"""Joining the subtasks of overlapping windows into those of the whole episode."""

from collections.abc import Sequence
from itertools import pairwise

from subtasks.questions.windows import Window
from subtasks.segments.segment import Segment

AGREE_SECONDS = 0.5
# Two labels say the same that have more than this share of their words in common. One word of
# difference among few ("open" and "close", "red" and "blue") is another subtask.
SAME_MEANING = 0.75
FILLERS = frozenset(("a", "an", "the", "its", "of", "and"))


def stitch(parts: Sequence[tuple[Window, Sequence[Segment]]]) -> list[Segment]:
    """Make one list of subtasks from those of all windows, in the order of time.

    Each window's first entry says what is going on when it begins; it is a border only for
    the first window.
    """
    (window, segments), *later = parts
    joined, seen = list(segments), window.stop
    for window, segments in later:
        joined = _join(joined, segments, window.start, seen)
        seen = window.stop
    return joined


def _join(
    earlier: Sequence[Segment], later: Sequence[Segment], start: float, stop: float
) -> list[Segment]:
    """Join two windows that share the seconds from `start` to `stop`."""
    if stop < start:  # nobody saw what was between them
        return [*earlier, *_without_echo(earlier[-1], later)]
    seam = _seam([*earlier, *later], start, stop)
    joined = [segment for segment in earlier if segment.time <= seam]
    beyond = [segment for segment in earlier if segment.time > seam]
    going_on = [segment for segment in later if segment.time <= seam][-1]
    rest = [segment for segment in later if segment.time > seam]
    rest = [_twin(segment, rest, beyond) for segment in rest]
    # Where they disagree about what goes on at the seam, one may have seen a change before it
    # that the other saw after it.
    if not same_meaning(going_on.subtask, joined[-1].subtask):
        rest = _without_echo(joined[-1], rest)
        if beyond and same_meaning(going_on.subtask, beyond[0].subtask):
            rest = [beyond[0], *(each for each in rest if each.time > beyond[0].time)]
    return joined + rest


def _seam(segments: Sequence[Segment], start: float, stop: float) -> float:
    """Find the middle of the longest time without a border between `start` and `stop`."""
    borders = sorted(segment.time for segment in segments if start < segment.time < stop)
    gaps = pairwise([start, *borders, stop])
    before, after = max(gaps, key=lambda gap: gap[1] - gap[0])
    return (before + after) / 2


def _twin(segment: Segment, mine: Sequence[Segment], others: Sequence[Segment]) -> Segment:
    """Give the border of `others` that is the same as this one of `mine`, or this one itself."""
    if not others:
        return segment
    twin = _nearest(segment, others)
    both = abs(twin.time - segment.time) <= AGREE_SECONDS and _nearest(twin, mine) is segment
    return twin if both else segment


def _nearest(segment: Segment, others: Sequence[Segment]) -> Segment:
    return min(others, key=lambda other: abs(other.time - segment.time))


def _without_echo(going_on: Segment, later: Sequence[Segment]) -> Sequence[Segment]:
    """Leave out the first entry where it says what is going on already."""
    return later[1:] if later and same_meaning(later[0].subtask, going_on.subtask) else later


def same_meaning(one: str, other: str) -> bool:
    """Say whether two labels name the same subtask, as far as their words tell."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return first == second
    return len(first & second) / len(first | second) > SAME_MEANING


def _words(label: str) -> frozenset[str]:
    words = "".join(c if c.isalnum() else " " for c in label.casefold()).split()
    return frozenset(words) - FILLERS
