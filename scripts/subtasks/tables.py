"""Tables of text in a terminal."""

from collections.abc import Container, Sequence

GAP = "  "
"""What separates two columns."""


def format_table(
    rows: Sequence[Sequence[str]], *, align: str = "<>", lines_above: Container[int] = ()
) -> str:
    """Line up rows that have equally many cells, the headings among them.

    `align` has `<` (left) or `>` (right) for each column; its last character counts for all
    columns that follow. A horizontal line is drawn above each row whose number, from 0, is in
    `lines_above`.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    sides = align.ljust(len(widths), align[-1])
    horizontal = "-" * (sum(widths) + len(GAP) * (len(widths) - 1))
    lines = []
    for number, row in enumerate(rows):
        if number in lines_above:
            lines.append(horizontal)
        cells = zip(row, sides, widths, strict=False)
        lines.append(GAP.join(f"{cell:{side}{width}}" for cell, side, width in cells).rstrip())
    return "\n".join(lines)
