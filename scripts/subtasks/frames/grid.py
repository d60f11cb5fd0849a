"""Sizes in pixels of tiles and sheets, computed before anything is drawn.

A tile shows one moment: the pictures of all cameras side by side, and on a sheet its time in a
strip above them. A size is a width and a height.
"""

import math
from collections.abc import Sequence
from typing import TypeAlias

Size: TypeAlias = tuple[int, int]

GUTTER = 3
"""Pixels between two tiles, and between two cameras in a tile."""

TEXT_HEIGHT = 0.08
"""Height of the time as a share of the tile's: legible after a model has shrunk the sheet."""

MIN_TEXT_HEIGHT = 12
"""Pixels."""

MARGIN = 2
"""Pixels between the time and the edges of its strip."""

MAX_IMAGE_SIDE = 8000
"""Pixels of the larger side of an image that Claude accepts."""

MAX_SIDE_OF_MANY = 2000
"""Pixels that Claude accepts of each image with more than 20 of them in a request."""

SHARP_WIDTH = 1568
"""Pixels to which older models shrink an image. Sheets of several cameras get no wider than this,
or than those of one camera."""


def fit_to_width(width: int, height: int, limit: int) -> Size:
    """Return the size of a `width` x `height` picture shrunk to at most `limit` wide."""
    if width <= limit:
        return width, height
    return limit, max(1, round(height * limit / width))


def fit_to_height(width: int, height: int, target: int) -> Size:
    """Return the size of a `width` x `height` picture scaled to a height of `target`."""
    return max(1, round(width * target / height)), target


def cameras_size(cameras: Sequence[Size], width: int) -> Size:
    """Return the size of pictures of these sizes side by side.

    The first is shrunk to at most `width`, the others are scaled to its height.
    """
    first, *others = cameras
    first = fit_to_width(*first, width)
    return beside([first, *(fit_to_height(*other, first[1]) for other in others)])


def beside(pictures: Sequence[Size]) -> Size:
    """Return the size of pictures, all as high as the first, with a gutter between them."""
    return sum(width for width, _ in pictures) + GUTTER * (len(pictures) - 1), pictures[0][1]


def text_height(tile: Size) -> int:
    """Return the height of the digits above a tile."""
    return max(MIN_TEXT_HEIGHT, round(TEXT_HEIGHT * tile[1]))


def strip_height(tile: Size) -> int:
    """Return the height of the strip above a tile."""
    return text_height(tile) + 2 * MARGIN


def sheet_size(tile: Size, columns: int, tiles: int) -> Size:
    """Return the size of a sheet with `tiles` tiles, `columns` in a row."""
    rows = math.ceil(tiles / columns)
    height = tile[1] + strip_height(tile)
    return _line(tile[0], columns), _line(height, rows)


def corner(tile: Size, columns: int, number: int) -> tuple[int, int]:
    """Return where on its sheet the strip of a tile begins, counted from 0 in reading order."""
    row, column = divmod(number, columns)
    height = tile[1] + strip_height(tile)
    return column * (tile[0] + GUTTER), row * (height + GUTTER)


def columns_of(tile: Size, cameras: int, columns: int, tile_width: int) -> int:
    """Return how many tiles a row has: `columns`, or fewer where several cameras make them wide.

    `tile_width` is the width at which one camera would be shown.
    """
    if cameras < 2:
        return columns
    limit = max(SHARP_WIDTH, _line(tile_width, columns))
    return max(1, min(columns, (limit + GUTTER) // (tile[0] + GUTTER)))


def _line(each: int, count: int) -> int:
    return each * count + GUTTER * (count - 1)
