"""Segments in which the robot rests although it moves in others of their label, or moves instead.

"Hold still" while the arm swings is a wrong word, or a border that is not where it should be.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from subtasks.checks.finding import Finding, Kind, quoted, surprise
from subtasks.checks.labelled import Labelled, first_word

FEWEST = 6
"""Other segments of a label that say whether the robot moves in it."""

TAIL = 0.025
"""Share of them that may be outside of what is usual at either side."""

ODD = 0.25
"""By so much more, or less, of its time than usual the robot must move in a segment that is odd."""

MOST_SCORE = 3.0
"""The score of one segment, at most."""


@dataclass(frozen=True, slots=True)
class Activity:
    """For which shares of their time the robot moves in a label's segments, sorted."""

    shares: tuple[float, ...]

    def usual(self, share: float) -> tuple[float, float]:
        """Return between which shares nearly all segments are besides one that has this share."""
        last = len(self.shares) - 1
        tail = int(TAIL * last)
        low = self.shares[tail + (share <= self.shares[tail])]
        high = self.shares[last - tail - (share >= self.shares[last - tail])]
        return low, high

    def score(self, share: float) -> float:
        """Return how surprising this share is."""
        as_odd = bisect_right(self.shares, share)
        as_odd = min(as_odd, len(self.shares) - bisect_left(self.shares, share))
        return min(surprise(as_odd / len(self.shares)), MOST_SCORE)


@dataclass(frozen=True, slots=True)
class Usual:
    """The activity in each label, and in all labels with a first word."""

    labels: dict[str, Activity]
    words: dict[str, Activity]

    def of(self, label: str) -> Activity:
        """Return the activity in a label; where it is too rare, that of its first word."""
        found = self.labels[label]
        return found if len(found.shares) > FEWEST else self.words[first_word(label)]


def measure(episodes: Sequence[Labelled]) -> Usual:
    """Find in which labels of a dataset the robot moves."""
    labels: dict[str, list[float]] = {}
    words: dict[str, list[float]] = {}
    for each in episodes:
        for label, _, share in _shares(each):
            labels.setdefault(label, []).append(share)
            words.setdefault(first_word(label), []).append(share)
    return Usual(
        {label: Activity(tuple(sorted(shares))) for label, shares in labels.items()},
        {word: Activity(tuple(sorted(shares))) for word, shares in words.items()},
    )


def _shares(each: Labelled) -> Iterator[tuple[str, float, float]]:
    """Yield the label of each segment, its start, and for which share of it the robot moves."""
    if each.moments is None:
        return
    for stretch in each.stretches:
        share = each.moments.moving_share(stretch.start, stretch.stop)
        if not stretch.mistake and share is not None:
            yield stretch.label, stretch.start, share


def check(each: Labelled, usual: Usual) -> Iterator[Finding]:
    """Find the segments of an episode in which the robot moves, or rests, unlike in others."""
    for label, start, share in _shares(each):
        activity = usual.of(label)
        if len(activity.shares) <= FEWEST:
            continue
        low, high = activity.usual(share)
        if low - ODD < share < high + ODD:
            continue
        only, limit = (
            ("only ", f"at least {low:.0%}") if share < low else ("", f"at most {high:.0%}")
        )
        sentence = (
            f"the robot moves for {only}{share:.0%} of {quoted(label)} at {start:.1f} s, in others "
            f"for {limit}"
        )
        yield Finding(Kind.MOTION, activity.score(share), start, sentence)
