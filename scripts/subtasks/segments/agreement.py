"""How well found subtask borders agree with true ones.

A border is a time at which one subtask ends and the next begins. The start of an episode is not
a border: every list of segments begins at 0.0.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from subtasks.segments.segment import Segment

ROUNDING = 1e-6
"""Seconds: files round times to microseconds, which must not decide whether two agree."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Counts over one or more episodes; `a + b` pools two of them."""

    truth: int
    found: int
    matched: int
    error: float  # seconds, the sum over the matched pairs

    @property
    def precision(self) -> float:
        """The share of found borders that are true; 1 if none is found."""
        return self.matched / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of true borders that are found; 1 if there are none."""
        return self.matched / self.truth if self.truth else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 1 if there is nothing to find."""
        both = self.truth + self.found
        return 2 * self.matched / both if both else 1.0

    @property
    def mean_error(self) -> float | None:
        """Mean seconds between the two of a matched pair; None without a pair."""
        return self.error / self.matched if self.matched else None

    def __add__(self, other: "Agreement") -> "Agreement":
        return Agreement(
            self.truth + other.truth,
            self.found + other.found,
            self.matched + other.matched,
            self.error + other.error,
        )


def compare_borders(
    found: Iterable[Segment], truth: Iterable[Segment], tolerance: float
) -> Agreement:
    """Compare the borders of one episode; two agree if at most `tolerance` seconds apart."""
    found_times, true_times = borders(found), borders(truth)
    pairs = match_borders(found_times, true_times, tolerance)
    error = sum(abs(found_times[f] - true_times[t]) for f, t in pairs)
    return Agreement(len(true_times), len(found_times), len(pairs), error)


def borders(segments: Iterable[Segment]) -> list[float]:
    """Return the times after the episode's start at which a segment begins, sorted."""
    return sorted(segment.time for segment in segments if segment.time > 0)


def match_borders(
    found: Sequence[float], truth: Sequence[float], tolerance: float
) -> list[tuple[int, int]]:
    """Pair found times with true times, each at most once, the nearest pair first.

    Returns pairs of indices (into `found`, into `truth`), in order of time, whose times are at
    most `tolerance` seconds apart. Of two equally near pairs the earlier is taken first.
    """
    distances = sorted(
        (abs(found_time - true_time), true_time, found_time, f, t)
        for f, found_time in enumerate(found)
        for t, true_time in enumerate(truth)
        if abs(found_time - true_time) <= tolerance + ROUNDING
    )
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for *_, f, t in distances:
        if f not in pairs and t not in taken:
            pairs[f] = t
            taken.add(t)
    return sorted(pairs.items())
