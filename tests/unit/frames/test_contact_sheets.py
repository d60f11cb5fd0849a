import math
from fractions import Fraction
from io import BytesIO

import av
import numpy as np
import pytest
from PIL import Image

from subtasks.errors import Problem
from subtasks.frames import contact_sheets
from support import render

GREEN = (0, 160, 0)


def tile(size: tuple[int, int] = (224, 168), colour=GREEN) -> Image.Image:
    return Image.new("RGB", size, colour)


def laid_out(
    count: int, columns: int = 5, rows: int = 4, **options
) -> list[contact_sheets.Picture]:
    tiles = ((number, tile(colour=(number, 255 - number, 0))) for number in range(count))
    return list(contact_sheets.contact_sheets(tiles, count, columns, rows, 1, **options))


def label(image: Image.Image) -> tuple[int, int, int, int]:
    """Box of everything that is not green: where the time stands."""
    different = np.any(np.asarray(image) != GREEN, axis=-1)
    rows, columns = np.flatnonzero(different.any(axis=1)), np.flatnonzero(different.any(axis=0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def digits(image: Image.Image) -> int:
    """Height in pixels of the white text."""
    rows = np.flatnonzero((np.asarray(image.convert("L")) > 200).any(axis=1))
    return rows[-1] - rows[0] + 1


def frame(size: tuple[int, int], number: int = 5) -> av.VideoFrame:
    picture = av.VideoFrame.from_ndarray(render.picture(number, size), format="rgb24")
    return picture.reformat(format="yuv420p")


@pytest.mark.parametrize(
    ("count", "sizes"),
    [
        (1, [(1120, 168)]),
        (6, [(1120, 336)]),
        (20, [(1120, 672)]),
        (21, [(1120, 672), (1120, 168)]),
        (45, [(1120, 672), (1120, 672), (1120, 168)]),
    ],
)
def test_sheets_have_only_the_rows_they_need(count, sizes):
    pictures = laid_out(count)

    assert [picture.image.size for picture in pictures] == sizes
    assert [time for picture in pictures for time in picture.times] == list(range(count))


def test_tiles_stand_in_reading_order_and_whole():
    (picture,) = laid_out(18)

    for number in range(18):
        x, y = number % 5 * 224, number // 5 * 168
        for corner in [(0, 60), (0, 167), (223, 167), (223, 0), (112, 84)]:
            at = (x + corner[0], y + corner[1])
            assert picture.image.getpixel(at) == (number, 255 - number, 0)


def test_only_one_sheet_is_held():
    given = []

    def tiles():
        for number in range(60):
            given.append(number)
            yield number, tile()

    pictures = contact_sheets.contact_sheets(tiles(), 60, 5, 4, 1)
    next(pictures)

    assert len(given) == 20


@pytest.mark.parametrize("size", [(224, 168), (224, 126), (96, 96), (320, 240), (224, 398)])
@pytest.mark.parametrize("text", ["0.0s", "12.5s", "123.25s"])
def test_the_time_is_legible_and_stays_in_its_corner(size, text):
    image = tile(size)
    contact_sheets.burn(image, (0, 0), size, text)
    left, top, right, bottom = label(image)

    assert (left, top) == (0, 0)
    assert right <= size[0]
    assert bottom <= size[1] / 3
    assert digits(image) >= 14
    assert digits(image) == pytest.approx(max(14, 0.12 * min(size)), abs=1.5)
    # Nothing of the text is cut: a black edge is left all round.
    edge = np.asarray(image)[top:bottom, left:right].max(axis=-1)
    assert not edge[0].any()
    assert not edge[-1].any()
    assert not edge[:, 0].any()
    assert not edge[:, -1].any()


@pytest.mark.parametrize("size", [(1, 1), (16, 12), (40, 30), (16, 400)])
def test_a_text_too_long_does_not_reach_the_neighbour(size):
    image = tile((3 * size[0], 3 * size[1]))
    contact_sheets.burn(image, size, size, "12345.678s")
    left, top, right, bottom = label(image)

    assert size[0] <= left
    assert size[1] <= top
    assert right <= 2 * size[0]
    assert bottom <= 2 * size[1]


def test_a_text_too_long_is_made_smaller_and_not_cut():
    image = tile((40, 30))
    contact_sheets.burn(image, (0, 0), image.size, "12345.678s")

    assert label(image)[2] == 40
    assert np.asarray(image.convert("L"))[: label(image)[3], -1].max() == 0


def test_every_time_looks_different():
    looks = set()
    for tenths in range(200):
        image = tile()
        contact_sheets.burn(image, (0, 0), image.size, f"{tenths / 10:.1f}s")
        looks.add(image.tobytes())

    assert len(looks) == 200


@pytest.mark.parametrize(
    ("size", "limit", "fitted"),
    [
        ((640, 480), 224, (224, 168)),
        ((640, 480), 640, (640, 480)),
        ((96, 96), 224, (96, 96)),  # never up
        ((1921, 1081), 224, (224, 126)),
        ((5000, 3), 224, (224, 1)),
    ],
)
def test_size(size, limit, fitted):
    assert contact_sheets.fit_to_width(*size, limit) == fitted
    assert contact_sheets.Scaler(limit)(frame(size)).size == fitted


@pytest.mark.parametrize("size", [(640, 480), (131, 97), (480, 640)])
def test_scaling_keeps_the_picture(size):
    image = contact_sheets.Scaler(100)(frame(size, number=1234))

    assert render.number(image) == 1234


@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "yuv444p", "gray"])
def test_colours_are_those_of_the_video(pixels):
    grey = np.repeat(np.arange(0, 256, 4, dtype=np.uint8)[None, :, None], 48, axis=0)
    source = av.VideoFrame.from_ndarray(np.repeat(grey, 3, axis=2), format="rgb24")
    image = contact_sheets.Scaler(640)(source.reformat(format=pixels))

    assert np.abs(np.asarray(image, dtype=int) - grey).max() <= 3


@pytest.mark.parametrize("turn", [0, 90, 180, -90])
def test_a_turned_video_is_upright(tmp_path, turn):
    path = render.video(tmp_path / "turned.mp4", 3, rotation=turn, size=(96, 64))
    plain = render.plain(path)[0]
    image = contact_sheets.Scaler(640)(plain)

    expected = plain.to_image().rotate(turn, expand=True)
    assert image.size == expected.size
    # Conversions round colours differently; a picture turned otherwise is far off.
    assert np.abs(np.asarray(image, dtype=int) - np.asarray(expected, dtype=int)).mean() < 4


def test_a_size_that_changes_on_the_way_keeps_the_grid():
    tiles = enumerate([tile(), tile((100, 100)), tile()])
    (picture,) = contact_sheets.contact_sheets(tiles, 3, 2, 2, 1)

    assert picture.image.size == (448, 336)
    assert picture.image.getpixel((440, 160)) == GREEN


def test_a_sheet_no_model_accepts_is_refused():
    with pytest.raises(Problem, match="smaller tile width"):
        next(contact_sheets.contact_sheets([(0, tile((4001, 10)))], 2, 2, 1, 1))


@pytest.mark.parametrize(
    ("planned", "given", "sizes"),
    [
        (20, 0, []),
        (20, 19, [(1120, 672)]),
        (20, 11, [(1120, 504)]),
        (21, 20, [(1120, 672)]),
        (45, 41, [(1120, 672), (1120, 672), (1120, 168)]),
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


def test_quality_rules_the_size():
    image = Image.fromarray(render.picture(7, (320, 240)))
    coarse, fine = contact_sheets.jpeg(image, 40), contact_sheets.jpeg(image, 95)

    assert len(coarse) < len(fine)
    with Image.open(BytesIO(fine)) as decoded:
        assert decoded.format == "JPEG"
        assert math.isclose(Fraction(*decoded.size), Fraction(4, 3))
