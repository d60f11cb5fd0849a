"""Borders: the times at which a segment begins, and which found one is which true one.

The start of an episode is not a border: something begins there in every labelling.
"""

from collections.abc import Iterable, Sequence

from subtasks.evaluation.labelled import Stretch

TOLERANCES = (0.1, 0.25, 0.5, 1.0)
"""Seconds that a found border may be away from the true one."""

ROUNDING = 1e-6
"""Seconds: files round times to microseconds, which must not decide whether two agree."""


def borders(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return the stretches that begin at a border: all that begin after the episode does."""
    return [each for each in stretches if each.time > 0]


def match_borders(
    found: Sequence[float], truth: Sequence[float], tolerance: float
) -> list[tuple[int, int]]:
    """Pair found times with true times, each at most once, the nearest pair first.

    Both are sorted. Returns pairs of indices (into `found`, into `truth`), in order of time, whose
    times are at most `tolerance` seconds apart. Of two equally near pairs the earlier is taken
    first. The pairs at a smaller tolerance are exactly those of the pairs at a larger one that are
    near enough, because the nearest are taken first.
    """
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, _, f, t in sorted(_near(found, truth, tolerance + ROUNDING)):
        if f not in pairs and t not in taken:
            pairs[f] = t
            taken.add(t)
    return sorted(pairs.items())


def _near(
    found: Sequence[float], truth: Sequence[float], reach: float
) -> Iterable[tuple[float, float, float, int, int]]:
    """Give the pairs at most `reach` seconds apart: distance, times, indices."""
    first = 0
    for f, found_time in enumerate(found):
        while first < len(truth) and truth[first] < found_time - reach:
            first += 1
        for t in range(first, len(truth)):
            distance = abs(found_time - truth[t])
            if distance <= reach:
                yield distance, truth[t], found_time, f, t
            elif truth[t] > found_time:
                break
