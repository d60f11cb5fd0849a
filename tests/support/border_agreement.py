"""How well the borders of some episodes are found, for tests of what finds them."""

from collections.abc import Sequence
from dataclasses import dataclass

from subtasks.evaluation.borders import match_borders
from subtasks.segments.segment import Segment


@dataclass(frozen=True, slots=True)
class Agreement:
    """Counts of borders; `a + b` pools two of them."""

    truth: int = 0
    found: int = 0
    matched: int = 0
    error: float = 0.0  # seconds, the sum over the matched pairs

    @property
    def precision(self) -> float:
        return self.matched / self.found

    @property
    def recall(self) -> float:
        return self.matched / self.truth

    @property
    def f1(self) -> float:
        return 2 * self.matched / (self.truth + self.found)

    @property
    def mean_error(self) -> float:
        return self.error / self.matched

    def __add__(self, other: "Agreement") -> "Agreement":
        return Agreement(
            self.truth + other.truth,
            self.found + other.found,
            self.matched + other.matched,
            self.error + other.error,
        )


def agree(found: Sequence[Segment], truth: Sequence[Segment], tolerance: float) -> Agreement:
    """Compare the borders of one episode; two agree if at most `tolerance` seconds apart."""
    one, other = (sorted(each.time for each in side if each.time > 0) for side in (found, truth))
    pairs = match_borders(one, other, tolerance)
    error = sum(abs(one[f] - other[t]) for f, t in pairs)
    return Agreement(len(other), len(one), len(pairs), error)
