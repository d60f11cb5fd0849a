"""The edit score: whether the right things are found in the right order, however long they last."""

from collections.abc import Sequence


def edit_score(found: Sequence[str], truth: Sequence[str]) -> float:
    """Return 1 less the share of labels that must change to make one order of the other.

    The changes (insertions, removals, replacements) are counted by Levenshtein's distance and
    divided by the length of the longer sequence (Lea et al. 2016). Two empty ones are equal.
    """
    longer = max(len(found), len(truth))
    return 1.0 - distance(found, truth) / longer if longer else 1.0


def distance(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many labels must be inserted, removed or replaced to make one of the other."""
    start, stop = 0, min(len(one), len(other))
    while start < stop and one[start] == other[start]:
        start += 1
    # What both end with needs no change either.
    end = 0
    while end < stop - start and one[-1 - end] == other[-1 - end]:
        end += 1
    one, other = one[start : len(one) - end], other[start : len(other) - end]
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(other, start=1):
            changed = diagonal + (a != b)
            diagonal = row[j]
            row[j] = min(changed, diagonal + 1, row[j - 1] + 1)
    return row[-1]
