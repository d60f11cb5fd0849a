import math
from fractions import Fraction
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from subtasks.errors import Problem
from subtasks.frames import contact_sheets, grid
from support import render, sheets

GREEN = (0, 160, 0)


def tile(size: tuple[int, int] = (224, 168), colour=GREEN) -> Image.Image:
    return Image.new("RGB", size, colour)


def laid_out(
    count: int, columns: int = 5, rows: int = 4, **options
) -> list[contact_sheets.Picture]:
    tiles = ((number, tile(colour=(number, 255 - number, 0))) for number in range(count))
    return list(contact_sheets.contact_sheets(tiles, count, columns, rows, 1, **options))


def digits(strip: np.ndarray) -> int:
    """Height in pixels of the white text."""
    rows = np.flatnonzero((strip > 200).any(axis=1))
    return rows[-1] - rows[0] + 1


@pytest.mark.parametrize(
    ("count", "sizes"),
    [
        (1, [(1132, 185)]),
        (6, [(1132, 373)]),
        (20, [(1132, 749)]),
        (21, [(1132, 749), (1132, 185)]),
        (45, [(1132, 749), (1132, 749), (1132, 185)]),
    ],
)
def test_sheets_have_only_the_rows_they_need(count, sizes):
    pictures = laid_out(count)

    assert [picture.image.size for picture in pictures] == sizes
    assert [time for picture in pictures for time in picture.times] == list(range(count))


def test_tiles_stand_in_reading_order_and_whole():
    (picture,) = laid_out(18)

    for number, cut in enumerate(sheets.tiles(picture.image, 18, 5)):
        assert cut.getcolors() == [(224 * 168, (number, 255 - number, 0))]
    pixels = np.asarray(picture.image)
    for place in range(4):
        assert (pixels[:, 224 * (place + 1) + 3 * place :][:, :3] == 255).all()
    for place in range(3):
        assert (pixels[185 * (place + 1) + 3 * place :][:3] == 255).all()


def test_only_one_sheet_is_held():
    given = []

    def tiles():
        for number in range(60):
            given.append(number)
            yield number, tile()

    pictures = contact_sheets.contact_sheets(tiles(), 60, 5, 4, 1)
    next(pictures)

    assert len(given) == 21  # whether the twentieth is the last


@pytest.mark.parametrize(
    "size", [(224, 168), (224, 126), (96, 96), (320, 240), (224, 398), (640, 480), (40, 2000)]
)
@pytest.mark.parametrize("time", [0.0, 12.5, 123.25])
def test_the_time_is_legible_and_covers_nothing(size: tuple[int, int], time: float) -> None:
    (picture,) = contact_sheets.contact_sheets([(time, tile(size))], 1, 1, 1, 2)
    sheet = picture.image
    height = sheet.height - size[1]
    strip = np.asarray(sheet.convert("L"))[:height]

    assert sheet.size == grid.sheet_size(size, 1, 1)
    assert (np.asarray(sheet)[height:] == GREEN).all()
    expected = max(12, 0.08 * size[1])
    assert expected + 4 == pytest.approx(height, abs=0.5)
    if size[0] > 3 * expected:
        assert digits(strip) == pytest.approx(expected, abs=max(1, 0.07 * expected))
    # Nothing of the text is cut: a black edge is left all round.
    assert not (strip[0] > 60).any()
    assert not (strip[-1] > 60).any()
    assert not strip[:, 0].any()
    assert not strip[:, -1].any()


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (8, 12), (16, 12), (40, 30)])
def test_a_time_too_long_is_made_smaller_and_stays_above_its_tile(size: tuple[int, int]) -> None:
    tiles = [(12345.678, tile(size)), (12345.789, tile(size))]
    (picture,) = contact_sheets.contact_sheets(tiles, 2, 2, 1, 3)
    pixels = np.asarray(picture.image)
    height = picture.image.height - size[1]

    assert (pixels[:, size[0] : size[0] + 3] == 255).all()
    assert (pixels[height:, : size[0]] == GREEN).all()
    if size[0] > 10:
        assert pixels[:height, : size[0]].max() > 60
        assert not pixels[:height, size[0] - 1].any()


def test_every_time_looks_different() -> None:
    looks = {
        picture.image.tobytes()
        for tenths in range(200)
        for picture in contact_sheets.contact_sheets([(tenths / 10, tile())], 1, 1, 1, 1)
    }
    assert len(looks) == 200


@pytest.mark.parametrize(
    ("time", "decimals", "text", "last"),
    [
        (119 / 30, 1, "4.0s", "3.9s"),
        (3.9, 1, "3.9s", "3.9s"),
        (0.3, 1, "0.3s", "0.3s"),
        (0.1 + 0.2, 1, "0.3s", "0.3s"),
        (3 * 0.1 - 1e-12, 1, "0.3s", "0.3s"),
        (2.999999, 2, "3.00s", "2.99s"),
        (0.0, 1, "0.0s", "0.0s"),
        (59.995, 3, "59.995s", "59.995s"),
        (12345.6789, 1, "12345.7s", "12345.6s"),
    ],
)
def test_the_last_time_is_rounded_down(time: float, decimals: int, text: str, last: str) -> None:
    assert contact_sheets.shown_time(time, decimals) == text
    assert contact_sheets.shown_time(time, decimals, is_last=True) == last


@given(st.integers(1, 3000), st.sampled_from([5.0, 23.976, 29.97, 30.0, 60.0]), st.integers(1, 3))
def test_the_last_time_is_never_the_duration(frames: int, fps: float, decimals: int) -> None:
    text = contact_sheets.shown_time((frames - 1) / fps, decimals, is_last=True)
    assert float(text.removesuffix("s")) < frames / fps


@pytest.mark.parametrize("given", [1, 4, 5, 9, 10])
def test_only_the_last_tile_of_all_is_rounded_down(given: int) -> None:
    """Also where fewer come than were planned, and where a sheet is full."""
    tiles = [(number + 0.06, tile()) for number in range(given)]
    sheets = list(contact_sheets.contact_sheets(iter(tiles), 10, 5, 1, 1))
    looks = [strip_of(sheet.image, n) for sheet in sheets for n in range(len(sheet.times))]
    for number, look in enumerate(looks):
        shown = number + (0.0 if number == given - 1 else 0.1)
        (alone,) = contact_sheets.contact_sheets([(shown, tile())], 1, 1, 1, 1)
        assert look == strip_of(alone.image, 0)


def strip_of(sheet: Image.Image, number: int) -> bytes:
    left = number * (224 + 3)
    return sheet.crop((left, 0, left + 224, 17)).tobytes()


def test_a_size_that_changes_on_the_way_keeps_the_grid():
    tiles = enumerate([tile(), tile((100, 100)), tile()])
    (picture,) = contact_sheets.contact_sheets(tiles, 3, 2, 2, 1)

    assert picture.image.size == (451, 373)
    assert [cut.size for cut in sheets.tiles(picture.image, 3, 2)] == [(224, 168)] * 3
    assert sheets.tiles(picture.image, 3, 2)[1].getcolors() == [(224 * 168, GREEN)]


def test_a_sheet_no_model_accepts_is_refused():
    with pytest.raises(Problem, match="smaller tile width"):
        next(contact_sheets.contact_sheets([(0, tile((4001, 10)))], 2, 2, 1, 1))


@pytest.mark.parametrize(
    ("planned", "given", "sizes"),
    [
        (20, 0, []),
        (20, 19, [(1132, 749)]),
        (20, 11, [(1132, 561)]),
        (21, 20, [(1132, 749)]),
        (45, 41, [(1132, 749), (1132, 749), (1132, 185)]),
    ],
)
def test_fewer_tiles_than_planned_leave_no_empty_rows(planned, given, sizes):
    tiles = [(number, tile(colour=(number, 0, 0))) for number in range(given)]
    fewer = list(contact_sheets.contact_sheets(iter(tiles), planned, 5, 4, 1))
    exact = list(contact_sheets.contact_sheets(iter(tiles), given, 5, 4, 1))

    assert [picture.image.size for picture in fewer] == sizes
    assert [picture.image.tobytes() for picture in fewer] == [
        picture.image.tobytes() for picture in exact
    ]
    assert [picture.times for picture in fewer] == [picture.times for picture in exact]


@given(
    width=st.integers(1, 60),
    height=st.integers(1, 300),
    columns=st.integers(1, 6),
    rows=st.integers(1, 4),
    count=st.integers(1, 30),
)
def test_what_is_drawn_has_the_computed_size_and_place(
    width: int, height: int, columns: int, rows: int, count: int
) -> None:
    colours = [(number, 255 - number, 90) for number in range(count)]
    tiles = [(float(n), tile((width, height), colour)) for n, colour in enumerate(colours)]
    drawn = list(contact_sheets.contact_sheets(iter(tiles), count, columns, rows, 1))
    assert sum(len(each.times) for each in drawn) == count
    for number, sheet in enumerate(drawn):
        held = len(sheet.times)
        assert sheet.image.size == grid.sheet_size((width, height), columns, held)
        first = number * columns * rows
        for place, colour in enumerate(colours[first : first + held]):
            left, top = grid.corner((width, height), columns, place)
            top += grid.strip_height((width, height))
            cut = sheet.image.crop((left, top, left + width, top + height))
            assert cut.getcolors() == [(width * height, colour)]


def test_quality_rules_the_size():
    image = Image.fromarray(render.picture(7, (320, 240)))
    coarse, fine = contact_sheets.jpeg(image, 40), contact_sheets.jpeg(image, 95)

    assert len(coarse) < len(fine)
    with Image.open(BytesIO(fine)) as decoded:
        assert decoded.format == "JPEG"
        assert math.isclose(Fraction(*decoded.size), Fraction(4, 3))
