"""The word of a label that says what is done, whatever it is done to.

Labels that differ in their objects are different labels, and where each has an object of its own
nothing repeats. The verb still does. In most labels it is the first word; where nearly all begin
with the same words ("the robot grasps …"), it is the first one behind these.
"""

from collections import Counter
from collections.abc import Mapping

NEARLY_ALL = 0.8
"""Share of the segments whose labels begin alike from which on these words say nothing."""


def telling_words(labels: Mapping[str, int]) -> dict[str, str]:
    """Return the telling word of each label; `labels` says how many segments have it."""
    split = {label: label.casefold().split() or [label] for label in labels}
    total = sum(labels.values())
    prefix: list[str] = []
    while True:
        place = len(prefix)
        counts: Counter[str] = Counter()
        for label, words in split.items():
            if words[:place] == prefix and len(words) > place + 1:
                counts[words[place]] += labels[label]
        word, count = max(counts.items(), key=lambda item: (item[1], item[0]), default=("", 0))
        if not count or count < NEARLY_ALL * total:
            break
        prefix.append(word)
    return {
        label: words[place if words[:place] == prefix and len(words) > place else 0]
        for label, words in split.items()
    }
