"""How often each label of a dataset is given, and how long its segments are.

The order is the one in which labels are listed and get their colours.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from subtasks.review.overview_file import Episode


@dataclass(frozen=True, slots=True)
class LabelStatistics:
    """A label, in how many segments and episodes it is, and their lengths in seconds.

    `typical` is the median; nine in ten lie from `short` to `long`, as nearly as so few can.
    `total` is their sum. `mistakes` of the segments are failures of the robot.
    """

    label: str
    segments: int
    episodes: int
    typical: float
    short: float
    long: float
    total: float
    mistakes: int


@dataclass(slots=True)
class _Count:
    lengths: list[float] = field(default_factory=list)
    episodes: int = 0
    last: int | None = None
    mistakes: int = 0


def count(episodes: Iterable[Episode], fps: float) -> list[LabelStatistics]:
    """Count the labels of episodes: those of the most segments first, then by their characters."""
    counts: dict[str, _Count] = {}
    for number, episode in enumerate(episodes):
        stops = [*(each.time for each in episode.labels[1:]), episode.length / fps]
        for segment, stop in zip(episode.labels, stops, strict=False):
            label = counts.setdefault(segment.subtask, _Count())
            # The length of an episode that has failed may not be known.
            label.lengths.append(max(0.0, stop - segment.time))
            label.mistakes += segment.mistake
            if label.last != number:
                label.last = number
                label.episodes += 1
    found = [_statistics(label, each) for label, each in counts.items()]
    # By units of UTF-16, as JavaScript does, so that the page has the same order.
    return sorted(found, key=lambda e: (-e.segments, e.label.encode("utf-16-be", "surrogatepass")))


def _statistics(label: str, counted: _Count) -> LabelStatistics:
    lengths = sorted(counted.lengths)
    return LabelStatistics(
        label,
        len(lengths),
        counted.episodes,
        _quantile(lengths, 0.5),
        _quantile(lengths, 0.05),
        _quantile(lengths, 0.95),
        sum(lengths),
        counted.mistakes,
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Return the value that `share` of the values lie below, between two of them if need be."""
    place = share * (len(ordered) - 1)
    before = int(place)
    after = min(before + 1, len(ordered) - 1)
    return ordered[before] + (place - before) * (ordered[after] - ordered[before])
