"""Pictures as they are sent to the model: contact sheets with burned-in times, or single frames."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from itertools import chain, islice
from typing import TypeAlias, cast

from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from PIL import Image, ImageDraw, ImageFont

from subtasks.errors import Problem

Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont

TEXT_HEIGHT = 0.12
"""Height of the text as a share of the tile's shorter side: legible after a model has shrunk the
sheet."""

MIN_TEXT_HEIGHT = 14
"""Pixels."""

MAX_IMAGE_SIDE = 8000
"""Pixels of the larger side of an image that Claude accepts."""

MARGIN = 0.25
"""Space between the text and the edge of its box, as a share of the text's height."""

# Averaging is the cheapest of the filters that use every pixel of the source. Bit-exact, because
# the images are part of the key under which replies are stored: the same question must not be asked
# again on another processor.
_FILTER = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
_TURNS = {
    90: Image.Transpose.ROTATE_90,
    -90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    -180: Image.Transpose.ROTATE_180,
}


@dataclass(frozen=True, slots=True)
class Picture:
    """An image and the times of its tiles, in seconds and in reading order."""

    image: Image.Image
    times: tuple[float, ...]


class Scaler:
    """Turns decoded frames into upright RGB images at most `width` pixels wide.

    libswscale scales and converts colours in one pass. Frames are never scaled up.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._reformatter = VideoReformatter()

    def __call__(self, frame: VideoFrame) -> Image.Image:
        """Convert a frame."""
        turn = _TURNS.get(frame.rotation)
        sideways = turn in (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270)
        size = (frame.height, frame.width) if sideways else (frame.width, frame.height)
        width, height = fit_to_width(*size, self._width)
        scaled = self._reformatter.reformat(
            frame,
            width=height if sideways else width,
            height=width if sideways else height,
            format="rgb24",
            interpolation=_FILTER,
            threads=1,
        )
        plane = scaled.planes[0]
        # Pillow takes any buffer, but its types name only some.
        pixels = cast("bytes", memoryview(plane))
        image = Image.frombuffer(
            "RGB", (scaled.width, scaled.height), pixels, "raw", "RGB", plane.line_size
        )
        return image.transpose(turn) if turn else image


def fit_to_width(width: int, height: int, limit: int) -> tuple[int, int]:
    """Return the size of a `width` x `height` picture shrunk to at most `limit` wide."""
    if width <= limit:
        return width, height
    return limit, max(1, round(height * limit / width))


def contact_sheets(
    tiles: Iterable[tuple[float, Image.Image]],
    count: int,
    columns: int,
    rows: int,
    decimals: int,
) -> Iterator[Picture]:
    """Lay tiles out in grids, row by row, each with its time (`decimals` digits) burned in.

    There may be fewer than `count` tiles. All get the size of the first. The last sheet has only
    the rows it needs. One sheet is in memory at a time. Raises `Problem` for sheets larger than
    any model accepts.
    """
    remaining = iter(tiles)
    if (head := next(remaining, None)) is None:
        return
    size = head[1].size
    remaining = chain([head], remaining)
    for first in range(0, count, columns * rows):
        planned = min(columns * rows, count - first)
        sheet = _empty(size, columns, planned)
        times: list[float] = []
        for number, (time, tile) in enumerate(islice(remaining, planned)):
            corner = (number % columns * size[0], number // columns * size[1])
            # The size of a stream's frames may change.
            sheet.paste(tile if tile.size == size else tile.resize(size), corner)
            burn(sheet, corner, size, f"{time:.{decimals}f}s")
            times.append(time)
        if not times:
            return
        if len(times) < planned:
            sheet = sheet.crop((0, 0, *sheet_size(size, columns, len(times))))
        yield Picture(sheet, tuple(times))


def sheet_size(tile: tuple[int, int], columns: int, tiles: int) -> tuple[int, int]:
    """Return the size of a sheet with `tiles` tiles of size `tile`, `columns` in a row."""
    return tile[0] * columns, tile[1] * math.ceil(tiles / columns)


def burn(image: Image.Image, corner: tuple[int, int], size: tuple[int, int], text: str) -> None:
    """Write `text`, white on black, into the upper left of the tile of `size` at `corner`."""
    height = max(MIN_TEXT_HEIGHT, round(TEXT_HEIGHT * min(size)))
    width = _font(height)[0].getlength(text) + 2 * MARGIN * height
    if width > size[0]:
        height = max(1, int(height * size[0] / width))
    font, top, bottom = _font(height)
    margin = round(MARGIN * height)
    width = math.ceil(font.getlength(text)) + 2 * margin
    # On a separate image, so that no text reaches into a neighbouring tile.
    label = Image.new("RGB", (min(width, size[0]), min(bottom - top + 2 * margin, size[1])))
    ImageDraw.Draw(label).text((margin, margin - top), text, "white", font)
    image.paste(label, corner)


def jpeg(image: Image.Image, quality: int) -> bytes:
    """Encode `image` as JPEG; `quality` is from 1 to 95."""
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _empty(tile: tuple[int, int], columns: int, tiles: int) -> Image.Image:
    size = sheet_size(tile, columns, tiles)
    if max(size) > MAX_IMAGE_SIDE:
        raise Problem(
            f"a sheet of {tiles} tiles of {tile[0]}x{tile[1]} pixels in {columns} columns is"
            f" larger than the {MAX_IMAGE_SIDE} pixels that models accept: set a smaller tile width"
            " or fewer tiles"
        )
    return Image.new("RGB", size)


@lru_cache
def _font(height: int) -> tuple[Font, int, int]:
    """Return the font whose digits are `height` pixels high, and their top and bottom in a line."""
    # Digits are a fixed share of the font's size, measured at a size at which rounding is small.
    _, top, _, bottom = ImageFont.load_default(1000).getbbox("0")
    font = ImageFont.load_default(height * 1000 / (bottom - top))
    _, top, _, bottom = font.getbbox("0123456789")
    return font, round(top), round(bottom)
