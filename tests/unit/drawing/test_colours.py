import math
from itertools import combinations

from subtasks.drawing import colours
from subtasks.drawing.colours import PALETTE, paint
from support.page_modules import evaluate


def test_the_first_labels_have_plain_colours_and_the_next_the_same_with_lines() -> None:
    assert [paint(rank).colour for rank in range(8)] == list(PALETTE)
    assert [paint(rank).hatch for rank in range(8)] == [""] * 8
    assert [paint(rank).colour for rank in range(8, 16)] == list(PALETTE)
    assert {paint(rank).hatch for rank in range(8, 16)} == {"rising"}
    assert {paint(rank).hatch for rank in range(16, 24)} == {"dots"}
    assert {paint(rank).hatch for rank in range(24, 32)} == {"both"}
    assert len({paint(rank) for rank in range(100)}) == colours.paints() == 32
    assert paint(32) == paint(0)


def test_texts_can_be_read_on_every_colour() -> None:
    for rank in range(colours.paints()):
        found = paint(rank)
        assert contrast(found.colour, found.ink) > 4.5


def test_colours_differ_for_people_who_do_not_see_red_or_green() -> None:
    for matrix in (PROTAN, DEUTAN):
        seen = [perceived(simulated(colour, matrix)) for colour in PALETTE]
        # Two is the least that is seen at all; 10 is seen without looking closely.
        assert min(math.dist(one, other) for one, other in combinations(seen, 2)) > 15


def test_labels_look_as_on_the_page() -> None:
    looks = evaluate("look from colours.js", "Array.from({length: 40}, (_, place) => look(place))")
    for rank, found in enumerate(looks):
        shown = paint(rank)
        assert found["background"] == shown.colour
        assert found["text"].upper() == shown.ink
        assert found["hatch"] == shown.hatch


# Viénot, Brettel and Mollon (1999): what is left of linear red, green and blue.
PROTAN = ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0))
DEUTAN = ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0))


def simulated(colour: str, matrix: tuple[tuple[float, ...], ...]) -> list[float]:
    return [
        sum(share * part for share, part in zip(row, linear(colour), strict=True)) for row in matrix
    ]


def perceived(rgb: list[float]) -> list[float]:
    """Turn linear RGB into CIELAB, in which distances are as large as they look."""
    weights = (
        (0.4124 / 0.9505, 0.3576 / 0.9505, 0.1805 / 0.9505),
        (0.2126, 0.7152, 0.0722),
        (0.0193 / 1.089, 0.1192 / 1.089, 0.9505 / 1.089),
    )
    x, y, z = (
        part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116
        for part in (sum(w * c for w, c in zip(row, rgb, strict=True)) for row in weights)
    )
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]


def linear(colour: str) -> list[float]:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG defines it."""
    light = sorted(
        sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear(each), strict=True))
        for each in (one, other)
    )
    return (light[1] + 0.05) / (light[0] + 0.05)
