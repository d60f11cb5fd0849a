"""Labels that only one episode has, in a dataset whose labels repeat."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from subtasks.checks.finding import Finding, Kind, quoted, surprise
from subtasks.checks.labelled import Labelled

MOST_RARE = 0.05
"""Share of a dataset's segments that may have a label of their own if labels are to repeat."""

FEWEST = 5
"""Episodes from which on a label that only one has is remarkable."""

MOST_OF_EPISODE = 2
"""An episode with more labels of its own is about something else, and they are not wrong."""

ALIKE = 0.8
"""How alike two labels are of which one may be a misspelling of the other."""


@dataclass(frozen=True, slots=True)
class Labels:
    """In how many episodes each label of a dataset is, the commonest first."""

    episodes: dict[str, int]
    rare: float

    def is_rare(self, label: str) -> bool:
        """Whether only one episode has this label."""
        return self.episodes[label] == 1


def measure(episodes: Sequence[Labelled]) -> Labels:
    """Count the labels of a dataset; `rare` is the share that labels of one episode have."""
    counts = Counter(
        label for each in episodes for label in {stretch.label for stretch in each.stretches}
    )
    ordered = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    rare = sum(count == 1 for count in counts.values()) / max(counts.total(), 1)
    return Labels(ordered, rare if len(episodes) >= FEWEST else 1.0)


def check(each: Labelled, labels: Labels) -> Iterator[Finding]:
    """Find the labels that only this episode has."""
    own = [stretch for stretch in each.stretches if labels.is_rare(stretch.label)]
    own = list({stretch.label: stretch for stretch in reversed(own)}.values())[::-1]
    if labels.rare > MOST_RARE or not 0 < len(own) <= MOST_OF_EPISODE:
        return
    if len(own) == len({stretch.label for stretch in each.stretches}):
        return
    common = [label for label, count in labels.episodes.items() if count > 1]
    for stretch in own:
        if stretch.mistake:
            continue
        sentence = f"only this episode has {quoted(stretch.label)}"
        if near := get_close_matches(stretch.label, common, 1, ALIKE):
            sentence += f"; others say {quoted(near[0])}"
        yield Finding(Kind.RARE, min(surprise(labels.rare), 3.0), stretch.start, sentence)
