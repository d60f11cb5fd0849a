"""Borders without a change of motion, and strong changes of motion without a border.

What belongs together is learnt from the dataset: if nearly every "grasp" begins when a hand begins
to close, one that does not is odd. Where borders are not where motion changes, nothing is odd.
"""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from subtasks.checks.finding import Finding, Kind, quoted, surprise
from subtasks.checks.labelled import Labelled, Stretch, first_word
from subtasks.checks.moments import Act, Moments

NEAR = 0.4
"""Seconds within which a border and a change are the same moment, in nearly all episodes."""

FAR = 0.7
"""Seconds without the change from which on a border is odd."""

FEWEST = 6
"""Borders, or actions of a hand, from which on they say what is usual."""

USUAL = 0.95
"""Share of them that must be alike for the others to be odd."""

SAME_EVENT = 3.0
"""Seconds within which a border that is not at a change may be meant to be there."""

MOST_SCORE = 3.0
"""The score of one border, at most."""

ANY = ""
"""Any change of motion; none that is named is empty."""


@dataclass(slots=True)
class Tally:
    """How many of how many are as usual."""

    usual: int = 0
    all: int = 0

    def add(self, *, is_usual: bool) -> None:
        """Count one more."""
        self.usual += is_usual
        self.all += 1

    @property
    def is_clear(self) -> bool:
        """Whether enough of the others are usual for one that is not to be odd."""
        return self.all > FEWEST and self.usual >= USUAL * (self.all - 1)

    @property
    def odd(self) -> float:
        """How surprising one is that is not."""
        return surprise((self.all - self.usual) / self.all)


@dataclass(slots=True)
class Usual:
    """What is usual in a dataset.

    `signs` has for each label the change of motion with which it begins most often, and how often,
    and `words` the same for first words. `acts` tells of
    each action of a hand how many begin or end at a border, `stops` of each label how many of its
    segments have no long stop.
    """

    signs: dict[str, tuple[str, Tally]] = field(default_factory=dict)
    words: dict[str, tuple[str, Tally]] = field(default_factory=dict)
    acts: dict[str, Tally] = field(default_factory=dict)
    stops: dict[str, Tally] = field(default_factory=dict)

    def sign(self, label: str) -> tuple[str, Tally]:
        """Return the change of motion with which a label begins, and how often it does.

        Where the label is too rare to say so, that of its first word.
        """
        sign, tally = self.signs[label]
        return (sign, tally) if tally.all > FEWEST else self.words[first_word(label)]


def measure(episodes: Sequence[Labelled]) -> Usual:
    """Find what is usual in a dataset."""
    usual = Usual()
    labels: dict[str, Borders] = {}
    words: dict[str, Borders] = {}
    for each in episodes:
        if each.moments is None:
            continue
        for stretch in each.stretches[1:]:
            signs = _signs(each.moments, stretch.start, NEAR)
            labels.setdefault(stretch.label, Borders()).add(signs)
            words.setdefault(first_word(stretch.label), Borders()).add(signs)
        for act in each.moments.acts:
            tally = usual.acts.setdefault(act.name, Tally())
            tally.add(is_usual=_has_border(act, each.stretches, NEAR))
        for stretch in each.stretches:
            tally = usual.stops.setdefault(stretch.label, Tally())
            tally.add(is_usual=not list(_stops(each.moments, stretch)))
    usual.signs = {label: borders.commonest() for label, borders in labels.items()}
    usual.words = {word: borders.commonest() for word, borders in words.items()}
    return usual


@dataclass(slots=True)
class Borders:
    """How many borders there are, and how many of them have which change of motion near."""

    all: int = 0
    near: Counter[str] = field(default_factory=Counter)

    def add(self, signs: Iterable[str]) -> None:
        """Count a border with what changes near it."""
        self.all += 1
        self.near.update(signs)

    def commonest(self) -> tuple[str, Tally]:
        """Return the change that most borders have; one that is named before any."""
        counts = self.near
        sign = min(counts, key=lambda sign: (-counts[sign], sign == ANY, sign), default=ANY)
        return sign, Tally(counts[sign], self.all)


def _signs(moments: Moments, time: float, within: float) -> set[str]:
    """Return what changes so near to a time, `ANY` among it if something does."""
    found = {change.what for change in moments.changes if abs(change.time - time) <= within}
    return found | {ANY} if found else found


def _has_border(act: Act, stretches: Iterable[Stretch], within: float) -> bool:
    """Whether a border is near to the action of a hand, or in it."""
    return any(act.start - within <= stretch.start <= act.stop + within for stretch in stretches)


def _stops(moments: Moments, stretch: Stretch) -> Iterator[tuple[float, float]]:
    """Return the long stops that a stretch has inside, away from its borders."""
    for start, stop in moments.stops:
        if stretch.start < start - FAR and stop + FAR < stretch.stop:
            yield start, stop


def check(each: Labelled, usual: Usual) -> Iterator[Finding]:
    """Find the borders and the changes of motion of an episode that do not belong together."""
    if each.moments is None:
        return
    for before, stretch in zip(each.stretches, each.stretches[1:], strict=False):
        sign, tally = usual.sign(stretch.label)
        if before.mistake or stretch.mistake or not tally.is_clear:
            continue
        if sign not in _signs(each.moments, stretch.start, FAR):
            yield Finding(
                Kind.MOTION,
                min(tally.odd, MOST_SCORE),
                stretch.start,
                _border(each.moments, stretch, sign),
            )
    for act in each.moments.acts:
        tally = usual.acts[act.name]
        if tally.is_clear and not _has_border(act, each.stretches, FAR):
            label = _label_at(each.stretches, act.start)
            if label.mistake:
                continue
            sentence = f"{act.name} at {act.start:.1f} s in the middle of {quoted(label.label)}"
            yield Finding(Kind.MOTION, min(tally.odd, MOST_SCORE), act.start, sentence)
    for stretch in each.stretches:
        tally = usual.stops[stretch.label]
        if stretch.mistake or not tally.is_clear:
            continue
        for start, stop in _stops(each.moments, stretch):
            sentence = (
                f"nothing moves from {start:.1f} to {stop:.1f} s, in the middle of "
                f"{quoted(stretch.label)}"
            )
            yield Finding(Kind.MOTION, min(tally.odd, MOST_SCORE), start, sentence)


def _border(moments: Moments, stretch: Stretch, sign: str) -> str:
    """Say what is missing where a stretch begins."""
    at = f"{quoted(stretch.label)} begins at {stretch.start:.1f} s"
    if sign == ANY:
        return f"{at}, but the motion does not change there"
    times = [change.time for change in moments.changes if change.what == sign]
    nearest = min(times, key=lambda time: (abs(time - stretch.start), time), default=math.inf)
    if abs(nearest - stretch.start) > SAME_EVENT:
        return f"{at}; in other episodes {sign} there"
    return f"{at}, but {sign} at {nearest:.1f} s"


def _label_at(stretches: Sequence[Stretch], time: float) -> Stretch:
    starts = [stretch.start for stretch in stretches]
    return stretches[max(bisect_left(starts, time + 1e-9) - 1, 0)]
