"""How two orders of labels differ: the edit distance, and the edits themselves."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

MOST_LABELS = 200
"""Labels of an order whose edits are named; of longer ones only the number is found."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A difference between an order and another that is usual.

    At `place`, behind the label `after` (None at the start), it has a label more (`has`), one less
    (`lacks`), or one instead of the other. The same for both is a label that has changed its place.
    """

    place: int
    has: str | None
    lacks: str | None
    after: str | None


def distance(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """Count the labels that must be added, removed or replaced to make one order of the other.

    Myers' algorithm, in which the bits of two numbers are a column of differences (G. Myers, "A
    fast bit-vector algorithm for approximate string matching", 1999; as of H. Hyyrö, 2003): one
    step for each label of `other`, however long `one` is.
    """
    if not one:
        return len(other)
    places: dict[Hashable, int] = {}
    for place, label in enumerate(one):
        places[label] = places.get(label, 0) | 1 << place
    every, last = (1 << len(one)) - 1, 1 << (len(one) - 1)
    rises, falls, found = every, 0, len(one)
    for label in other:
        same = places.get(label, 0)
        level = (((same & rises) + rises) ^ rises) | same | falls
        up = falls | ~(level | rises)
        down = rises & level
        if up & last:
            found += 1
        elif down & last:
            found -= 1
        up = up << 1 | 1
        rises = (down << 1 | ~(level | up)) & every
        falls = up & level & every
    return found


def edits(order: Sequence[str], usual: Sequence[str]) -> list[Edit]:
    """Name the differences of an order from one that is usual, in order, as few as there are.

    A label that is missing in one place and too much in another counts once, as one that has
    changed its place. Empty if an order is too long.
    """
    if max(len(order), len(usual)) > MOST_LABELS:
        return []
    found = _backwards(order, usual, _table(order, usual))[::-1]
    return _with_moves(found)


def _table(order: Sequence[str], usual: Sequence[str]) -> list[list[int]]:
    """Return the distances of all beginnings of one order to all beginnings of the other."""
    rows = [list(range(len(usual) + 1))]
    for label in order:
        above, row = rows[-1], [len(rows)]
        for place, other in enumerate(usual):
            row.append(min(above[place] + (label != other), above[place + 1] + 1, row[-1] + 1))
        rows.append(row)
    return rows


def _backwards(order: Sequence[str], usual: Sequence[str], rows: list[list[int]]) -> list[Edit]:
    found = []
    i, j = len(order), len(usual)
    while i or j:
        after = order[i - 1] if i else None
        if i and j and order[i - 1] == usual[j - 1] and rows[i][j] == rows[i - 1][j - 1]:
            i, j = i - 1, j - 1
        elif j and rows[i][j] == rows[i][j - 1] + 1:
            j -= 1
            found.append(Edit(i, None, usual[j], after))
        elif i and rows[i][j] == rows[i - 1][j] + 1:
            i -= 1
            found.append(Edit(i, order[i], None, order[i - 1] if i else None))
        else:
            i, j = i - 1, j - 1
            found.append(Edit(i, order[i], usual[j], order[i - 1] if i else None))
    return found


def _with_moves(found: list[Edit]) -> list[Edit]:
    """Join what is missing in one place and too much in another."""
    left: list[Edit] = []
    for edit in found:
        for earlier in left:
            if (edit.has, edit.lacks) == (earlier.lacks, earlier.has):
                label = edit.has if edit.lacks is None else earlier.has
                if None in (edit.has, edit.lacks):
                    left.remove(earlier)
                    left.append(Edit(earlier.place, label, label, earlier.after))
                    break
        else:
            left.append(edit)
    return left
