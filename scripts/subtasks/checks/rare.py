"""Labels that only one episode has, in a dataset whose labels repeat."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Self

from subtasks.checks.finding import Finding, Kind, quoted, surprise
from subtasks.checks.labelled import Labelled, first_word

MOST_RARE = 0.12
"""Share of a dataset's episodes that may have labels of their own if labels are to repeat."""

FEWEST = 5
"""Episodes from which on a label that only one has is remarkable."""

MOST_OF_EPISODE = 2
"""An episode with more labels of its own is about something else, and they are not wrong."""

SCORE, MOST_SCORE = 0.5, 3.0
"""The score of a label, at least and at most."""

ALIKE = 0.8
"""How alike two labels are of which one may be a misspelling of the other."""


@dataclass(frozen=True, slots=True)
class Names:
    """Labels, or first words: in how many episodes each is.

    `rare` is the share of the episodes that have one of their own.
    """

    episodes: dict[str, int]
    rare: float

    @classmethod
    def of(cls, names: Sequence[frozenset[str]]) -> Self:
        """Count the names that each episode has."""
        counts = Counter(name for each in names for name in each)
        rare = sum(any(counts[name] == 1 for name in each) for each in names)
        return cls(dict(counts), rare / len(names) if len(names) >= FEWEST else 1.0)

    @property
    def repeat(self) -> bool:
        """Whether so many names repeat that one which does not is remarkable."""
        return self.rare <= MOST_RARE


@dataclass(frozen=True, slots=True)
class Usual:
    """The labels of a dataset, and their first words."""

    labels: Names
    words: Names


def measure(episodes: Sequence[Labelled]) -> Usual:
    """Count the labels of a dataset."""
    labels = [frozenset(stretch.label for stretch in each.stretches) for each in episodes]
    return Usual(Names.of(labels), Names.of([frozenset(map(first_word, each)) for each in labels]))


def check(each: Labelled, usual: Usual) -> Iterator[Finding]:
    """Find the labels that only this episode has; where labels do not repeat, first words."""
    if usual.labels.repeat:
        yield from _found(each, usual.labels, [stretch.label for stretch in each.stretches], "")
    elif usual.words.repeat:
        words = [first_word(stretch.label) for stretch in each.stretches]
        yield from _found(each, usual.words, words, "a label with ")


def _found(each: Labelled, known: Names, names: Sequence[str], what: str) -> Iterator[Finding]:
    own = {name: place for place, name in reversed(list(enumerate(names)))}
    own = {name: place for name, place in own.items() if known.episodes[name] == 1}
    if len(own) > MOST_OF_EPISODE or len(own) == len(set(names)):
        return
    for name, place in own.items():
        stretch = each.stretches[place]
        if stretch.mistake:
            continue
        sentence = f"only this episode has {what}{quoted(name)}"
        common = sorted(other for other, count in known.episodes.items() if count > 1)
        if near := get_close_matches(name, common, 1, ALIKE):
            sentence += f"; others say {quoted(near[0])}"
        score = min(SCORE + surprise(known.rare), MOST_SCORE)
        yield Finding(Kind.RARE, score, stretch.start, sentence)
