"""Contact sheets: tiles in a grid, each with its time above it."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from functools import lru_cache
from io import BytesIO
from itertools import chain, islice
from typing import TypeAlias

from PIL import Image, ImageDraw, ImageFont

from subtasks.errors import Problem
from subtasks.frames import grid
from subtasks.frames.grid import MARGIN, MAX_IMAGE_SIDE, Size

Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont

BETWEEN = "white"
"""Colour between the tiles: black would run into the strips and the gaps between cameras."""

_MICROSECONDS = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Picture:
    """An image and the times of its tiles, in seconds and in reading order."""

    image: Image.Image
    times: tuple[float, ...]


def contact_sheets(
    tiles: Iterable[tuple[float, Image.Image]],
    count: int,
    columns: int,
    rows: int,
    decimals: int,
) -> Iterator[Picture]:
    """Lay tiles out in grids, row by row, each with its time (`decimals` digits) above it.

    There may be fewer than `count` tiles. All get the size of the first. The time of the very
    last one is rounded down, so that it lies before the end of what it is the last frame of. The
    last sheet has only the rows it needs. One sheet is in memory at a time. Raises `Problem` for
    sheets larger than any model accepts.
    """
    remaining = iter(tiles)
    if (head := next(remaining, None)) is None:
        return
    size = head[1].size
    numbered = _with_last(chain([head], remaining))
    for first in range(0, count, columns * rows):
        planned = min(columns * rows, count - first)
        sheet = _empty(size, columns, planned)
        times: list[float] = []
        for number, (time, tile, is_last) in enumerate(islice(numbered, planned)):
            x, y = grid.corner(size, columns, number)
            sheet.paste(_strip(size, shown_time(time, decimals, is_last=is_last)), (x, y))
            # The size of a stream's frames may change.
            whole = tile if tile.size == size else tile.resize(size)
            sheet.paste(whole, (x, y + grid.strip_height(size)))
            times.append(time)
        if not times:
            return
        if len(times) < planned:
            sheet = sheet.crop((0, 0, *grid.sheet_size(size, columns, len(times))))
        yield Picture(sheet, tuple(times))


def shown_time(time: float, decimals: int, *, is_last: bool = False) -> str:
    """Write a time in seconds as it stands above a tile, rounded down above the last."""
    if not is_last:
        return f"{time:.{decimals}f}s"
    # What is off by less than a microsecond is only how times are computed.
    exact = Decimal(time).quantize(_MICROSECONDS)
    return f"{exact.quantize(Decimal(1).scaleb(-decimals), ROUND_FLOOR)}s"


def jpeg(image: Image.Image, quality: int) -> bytes:
    """Encode `image` as JPEG; `quality` is from 1 to 95."""
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _with_last(
    tiles: Iterable[tuple[float, Image.Image]],
) -> Iterator[tuple[float, Image.Image, bool]]:
    """Say of each tile whether it is the last."""
    remaining = iter(tiles)
    tile = next(remaining, None)
    while tile is not None:
        following = next(remaining, None)
        yield (*tile, following is None)
        tile = following


def _strip(tile: Size, text: str) -> Image.Image:
    """Return the strip above a tile with `text`, white on black."""
    strip = Image.new("RGB", (tile[0], grid.strip_height(tile)))
    height = grid.text_height(tile)
    while height > 1 and (width := _width(text, height)) > tile[0]:
        # In steps that rounding makes too long at times, so that few fonts are tried.
        height = max(1, min(height - 1, height * tile[0] // width))
    font, top = _font(height)
    ImageDraw.Draw(strip).text((MARGIN, MARGIN - top), text, "white", font)
    return strip


def _width(text: str, height: int) -> int:
    """Return the width of the strip that a text of this height needs."""
    return math.ceil(_font(height)[0].getlength(text)) + 2 * MARGIN


def _empty(tile: Size, columns: int, tiles: int) -> Image.Image:
    size = grid.sheet_size(tile, columns, tiles)
    if max(size) > MAX_IMAGE_SIDE:
        raise Problem(
            f"a sheet of {tiles} tiles of {tile[0]}x{tile[1]} pixels in {columns} columns is"
            f" larger than the {MAX_IMAGE_SIDE} pixels that models accept: set a smaller tile width"
            " or fewer tiles"
        )
    return Image.new("RGB", size, BETWEEN)


@lru_cache
def _font(height: int) -> tuple[Font, int]:
    """Return the smallest font whose digits are `height` pixels high, and their top in a line."""
    # A digit has less than three quarters of a font's size.
    size = max(1, height * 5 // 4)
    while True:
        font = ImageFont.load_default(size)
        _, top, _, bottom = font.getbbox("0123456789")
        if bottom - top >= height:
            return font, round(top)
        size += 1
