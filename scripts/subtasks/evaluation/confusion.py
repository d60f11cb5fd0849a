"""Which labels are found in the place of which, as a table.

Where found and true labels are the same few words, it is a square with what is right on its
diagonal. Free texts would only fill what lies beside it, so then the found ones are listed for each
true one.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from subtasks.drawing.markup import text

MOST_LABELS = 20
"""Labels of the square; the others are one row and one column."""

MOST_LISTED = 30
MOST_FOUND = 4
"""True labels that are listed, and found ones of each."""

LEAST_COMMON = 0.25
"""The share of time with equal texts from which on the square is drawn."""


def table(confusion: Sequence[tuple[str, str, float]]) -> Iterator[str]:
    """Draw the table; `confusion` has true label, found label (both normalised) and seconds."""
    if not confusion:
        return
    total = sum(seconds for *_, seconds in confusion)
    common = sum(seconds for true, found, seconds in confusion if true == found)
    if common >= LEAST_COMMON * total:
        yield from _square(confusion)
    else:
        yield from _list(confusion)


def _square(confusion: Sequence[tuple[str, str, float]]) -> Iterator[str]:
    weights: dict[str, float] = defaultdict(float)
    for true, found, seconds in confusion:
        weights[true] += seconds
        weights[found] += seconds / 1e6
    labels = sorted(weights, key=lambda label: (-weights[label], label))[:MOST_LABELS]
    # None are the labels that have no row and column of their own: no label can be called so.
    cells: dict[tuple[str | None, str | None], float] = defaultdict(float)
    for true, found, seconds in confusion:
        row, column = (each if each in labels else None for each in (true, found))
        cells[row, column] += seconds
    names = [*labels, *([None] if any(None in pair for pair in cells) else [])]
    yield '<div class="wide"><table class="square"><tr><th>true, found:</th>'
    yield from (f"<th><div>{_name(name, 40)}</div></th>" for name in names)
    yield '<th class="n">seconds</th></tr>\n'
    for row in names:
        total = sum(cells[row, column] for column in names)
        if not total:
            continue
        yield f"<tr><th>{_name(row, 60)}</th>"
        for column in names:
            share = cells[row, column] / total
            shown = f"{share:.2f}" if share >= 0.005 else ""
            right = ' class="right"' if row == column is not None else ""
            yield f'<td{right} style="--share:{share:.3f}">{shown}</td>'
        yield f'<td class="n">{total:,.1f}</td></tr>\n'
    yield "</table></div>\n"


def _name(label: str | None, limit: int) -> str:
    return "<i>all others</i>" if label is None else f"<bdi>{text(label, limit)}</bdi>"


def _list(confusion: Sequence[tuple[str, str, float]]) -> Iterator[str]:
    of: dict[str, list[tuple[str, float]]] = {}
    for true, found, seconds in confusion:
        of.setdefault(true, []).append((found, seconds))
    ordered = sorted(of, key=lambda true: (-sum(s for _, s in of[true]), true))
    yield "<table><tr><th>true</th><th>found in its place, and in how much of its time</th></tr>\n"
    for true in ordered[:MOST_LISTED]:
        total = sum(seconds for _, seconds in of[true])
        longest = sorted(of[true], key=lambda each: (-each[1], each[0]))
        listed = ", ".join(
            f"<bdi>{text(label, 80)}</bdi>&nbsp;{time / total:.0%}"
            for label, time in longest[:MOST_FOUND]
        )
        more = f", and {len(longest) - MOST_FOUND} others" if len(longest) > MOST_FOUND else ""
        yield f"<tr><td><bdi>{text(true, 80)}</bdi></td><td>{listed}{more}</td></tr>\n"
    yield "</table>\n"
    if (rest := len(ordered) - MOST_LISTED) > 0:
        yield f"<p>And {rest:,} other true labels.</p>\n"
