"""The colours of labels, which the review page and the report share.

The palette is that of Okabe and Ito, which people who do not see red and green can tell apart; its
black is a grey, because labels stand on dark pages too, and a dark one, because they see its purple
as a light grey. After eight labels the colours come again, with lines or dots on them.
"""

from dataclasses import dataclass

PALETTE = (
    *("#E69F00", "#56B4E9", "#009E73", "#F0E442"),
    *("#0072B2", "#D55E00", "#CC79A7", "#666666"),
)

HATCHES = ("", "rising", "dots", "both")
"""What is on the colours of the first eight labels, of the second eight, and so on: nothing, lines
that rise, dots, or lines that cross."""

DARK = ("#0072B2", "#666666")
"""The colours on which text is white, and lines are black."""

INK, INK_ON_DARK = "#111111", "#FFFFFF"


@dataclass(frozen=True, slots=True)
class Paint:
    """How a label is painted: its colour, what is on it, and the colour of a text."""

    colour: str
    hatch: str
    ink: str


def paint(rank: int) -> Paint:
    """Return the paint of the label at this place (from 0) in the order of `label_statistics`."""
    turn, place = divmod(rank, len(PALETTE))
    colour = PALETTE[place]
    ink = INK_ON_DARK if colour in DARK else INK
    return Paint(colour, HATCHES[turn % len(HATCHES)], ink)


def paints() -> int:
    """Return how many labels can be told apart by their paint."""
    return len(PALETTE) * len(HATCHES)
