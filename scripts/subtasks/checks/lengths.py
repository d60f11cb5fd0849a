"""Segments that are much longer or shorter than others of their label.

Lengths are compared as ratios, by the median and the median distance from it, which a few wrong
ones do not move.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from subtasks.checks.finding import Finding, Kind, quantile, quoted
from subtasks.checks.labelled import Labelled, Stretch, first_word

FEWEST = 6
"""Segments of a label from which on its lengths say something."""

FAR, FAR_OF_FEW = 4.0, 20.0
"""So many robust standard deviations from the median are far, and so many more for one segment:
the fewer there are, the less is known of how they vary."""

LEAST_SPREAD = 0.2
"""The least standard deviation of lengths that is believed, as a ratio: people and robots vary."""

MOST_OF_ALL = 0.5
"""Share of all segments beyond which a first word says nothing of what is done: "the", "robot"."""

SHORTEST = 0.01
"""Seconds; what is shorter counts as this."""

LEAST_SECONDS = 0.4
"""A difference of fewer seconds from the median is none: borders are seen no more exactly."""

MOST_ALIKE = 0.1
"""Share of a label's segments that may be as far from the median as one that is odd."""

MOST_SCORE = 4.0
"""The score of one segment, at most."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """The sorted lengths of a label's segments, their median, and their spread as a ratio."""

    ordered: tuple[float, ...]
    median: float
    spread: float

    def oddness(self, length: float) -> float:
        """Return how far a length is from the median, as a multiple of what is far."""
        far = FAR + FAR_OF_FEW / len(self.ordered)
        return abs(math.log(length / self.median)) / (self.spread * far)


@dataclass(frozen=True, slots=True)
class Usual:
    """The lengths of all labels, and of all first words, that have enough segments."""

    labels: dict[str, Lengths]
    words: dict[str, Lengths]

    def of(self, label: str) -> tuple[Lengths | None, str]:
        """Return the lengths to compare with, None if there are too few.

        Where there are too few of the label, they are those with its first word, which is returned
        as well.
        """
        if label in self.labels:
            return self.labels[label], ""
        word = first_word(label)
        return self.words.get(word), word


def measure(episodes: Sequence[Labelled]) -> Usual:
    """Measure the lengths of a dataset's segments."""
    labels: dict[str, list[float]] = {}
    for each in episodes:
        for stretch in each.stretches:
            if not stretch.mistake:
                labels.setdefault(stretch.label, []).append(_length(stretch))
    words: dict[str, list[float]] = {}
    for label, values in labels.items():
        words.setdefault(first_word(label), []).extend(values)
    most = MOST_OF_ALL * sum(map(len, labels.values()))
    telling = {word: values for word, values in words.items() if len(values) <= most}
    return Usual(_all_lengths(labels), _all_lengths(telling))


def _all_lengths(found: dict[str, list[float]]) -> dict[str, Lengths]:
    return {name: _lengths(values) for name, values in found.items() if len(values) >= FEWEST}


def _length(stretch: Stretch) -> float:
    return max(stretch.length, SHORTEST)


def _lengths(values: list[float]) -> Lengths:
    ordered = sorted(values)
    median = quantile(ordered, 0.5)
    distances = sorted(abs(math.log(value / median)) for value in ordered)
    # 1.4826 turns a median distance into a standard deviation.
    return Lengths(tuple(ordered), median, max(1.4826 * quantile(distances, 0.5), LEAST_SPREAD))


def check(each: Labelled, usual: Usual) -> Iterator[Finding]:
    """Find the segments of an episode that are much longer or shorter than others."""
    for stretch in each.stretches:
        lengths, word = usual.of(stretch.label)
        if stretch.mistake or lengths is None:
            continue
        length = _length(stretch)
        oddness = lengths.oddness(length)
        if oddness < 1 or abs(length - lengths.median) < LEAST_SECONDS:
            continue
        if _as_far(lengths, length) > max(1, MOST_ALIKE * len(lengths.ordered)):
            continue
        lasts = f"{quoted(stretch.label)} lasts {_seconds(length)} s"
        sentence = f"{lasts}, {_others(length, lengths, word)}"
        score = min(1 + math.log2(oddness), MOST_SCORE)
        yield Finding(Kind.LENGTH, score, stretch.start, sentence)


def _as_far(lengths: Lengths, length: float) -> int:
    """Count the segments that are at least as long, or as short, as this one."""
    below = bisect_left(lengths.ordered, length)
    if length > lengths.median:
        return len(lengths.ordered) - below
    while below < len(lengths.ordered) and lengths.ordered[below] == length:
        below += 1
    return below


def _others(length: float, lengths: Lengths, word: str) -> str:
    """Say how long the others are, without the few that are as odd as this one."""
    others = list(lengths.ordered)
    others.remove(length)
    usual = [one for one in others if lengths.oddness(one) < 1]
    low, high = _seconds(usual[0]), _seconds(usual[-1])
    who = "others" if len(usual) == len(others) else "most others"
    if word:
        who += f" with {quoted(word)}"
    return f"{who} {low} s" if low == high else f"{who} {low} to {high} s"


def _seconds(length: float) -> str:
    return f"{length:.1f}" if length >= 0.095 else f"{length:.2f}"
