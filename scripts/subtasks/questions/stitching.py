"""Joining the subtasks of overlapping windows into those of the whole episode.

Where two windows show the same seconds, the earlier one's borders count up to a seam and the
later one's from there on. The seam is in the middle of the longest stretch in which neither has a
border, so that a border they place at slightly different times is on the same side for both.
"""

from collections.abc import Sequence
from itertools import pairwise

from subtasks.questions.windows import Window
from subtasks.segments.segment import Segment

AGREE_SECONDS = 0.5
"""Borders of two windows that are closer than this are one."""

SAME_MEANING = 0.75
"""Two labels that share more than this part of their words mean the same.

One different word among few ("open" and "close", "red" and "blue") makes another subtask.
"""

FILLERS = frozenset(("a", "an", "the", "its", "of", "and"))


def stitch(parts: Sequence[tuple[Window, Sequence[Segment]]]) -> list[Segment]:
    """Make one list of subtasks from those of all windows, which are in order of time.

    A window's first entry says what is going on when it begins; only in the first window is it a
    border.
    """
    (window, segments), *later = parts
    joined, seen_until = list(segments), window.stop
    for window, segments in later:
        joined = _join(joined, segments, window.start, seen_until)
        seen_until = window.stop
    return joined


def _join(
    earlier: Sequence[Segment], later: Sequence[Segment], start: float, stop: float
) -> list[Segment]:
    """Join the subtasks of two windows that both show the seconds from `start` to `stop`."""
    if stop < start:  # neither shows what is between them
        return [*earlier, *_without_echo(earlier[-1], later)]
    seam = _seam([*earlier, *later], start, stop)
    joined = [segment for segment in earlier if segment.time <= seam]
    beyond = [segment for segment in earlier if segment.time > seam]
    going_on = [segment for segment in later if segment.time <= seam][-1]
    rest = [segment for segment in later if segment.time > seam]
    later_part: Sequence[Segment] = [_twin(segment, rest, beyond) for segment in rest]
    # If they disagree about what goes on at the seam, one may place a change before the seam and
    # the other the same change after it.
    if not same_meaning(going_on.subtask, joined[-1].subtask):
        later_part = _without_echo(joined[-1], later_part)
        if beyond and same_meaning(going_on.subtask, beyond[0].subtask):
            after = [each for each in later_part if each.time > beyond[0].time]
            later_part = [beyond[0], *after]
    return [*joined, *later_part]


def _seam(segments: Sequence[Segment], start: float, stop: float) -> float:
    """Find the middle of the longest stretch without a border between `start` and `stop`."""
    times = sorted(segment.time for segment in segments if start < segment.time < stop)
    gaps = pairwise([start, *times, stop])
    before, after = max(gaps, key=lambda gap: gap[1] - gap[0])
    return (before + after) / 2


def _twin(segment: Segment, mine: Sequence[Segment], others: Sequence[Segment]) -> Segment:
    """Return the entry of `others` that is the same border as `segment`, or `segment` itself."""
    if not others:
        return segment
    twin = _nearest(segment, others)
    both = abs(twin.time - segment.time) <= AGREE_SECONDS and _nearest(twin, mine) is segment
    return twin if both else segment


def _nearest(segment: Segment, others: Sequence[Segment]) -> Segment:
    return min(others, key=lambda other: abs(other.time - segment.time))


def _without_echo(going_on: Segment, later: Sequence[Segment]) -> Sequence[Segment]:
    """Leave out the first entry if it says what is already going on."""
    return later[1:] if later and same_meaning(later[0].subtask, going_on.subtask) else later


def same_meaning(one: str, other: str) -> bool:
    """Say whether two labels name the same subtask, judging by their words."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return first == second
    return len(first & second) / len(first | second) > SAME_MEANING


def _words(label: str) -> frozenset[str]:
    words = "".join(c if c.isalnum() else " " for c in label.casefold()).split()
    return frozenset(words) - FILLERS
