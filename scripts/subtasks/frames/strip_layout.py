"""Which frames a second look at a border shows, and how large their picture is."""

import math
from collections.abc import Sequence

from subtasks.frames import grid, sampling
from subtasks.frames.grid import Size
from subtasks.segments.borders import Border

RATE = 8.0
"""Frames per second of a strip."""

TILE_WIDTH = 224
"""Pixels of a tile's width."""

SHRUNK = 0.9
"""Share of its size to which a tile is shrunk, as often as it must be, so that a picture fits."""

COLUMNS = 6
"""Tiles in a row: two seconds fill three rows but for one tile."""


def frames(times: Sequence[float], borders: Sequence[Border]) -> list[list[int]]:
    """Return the frames that are shown of each border; `times` are those of all frames.

    They are the nearest to every step from the border, as far as it is looked at. Where no step
    fits between a border and its neighbour, there is one frame between them all the same.
    """
    reach = math.ceil(max((b.stop - b.start for b in borders), default=0.0) * RATE)
    found = []
    for border in borders:
        steps = (border.time + step / RATE for step in range(-reach, reach + 1))
        first, last = border.start - sampling.EPSILON, border.stop + sampling.EPSILON
        wanted = [time for time in steps if first <= time <= last]
        if wanted[0] == border.time:
            wanted.insert(0, border.start)
        if wanted[-1] == border.time:
            wanted.append(border.stop)
        found.append(sorted({sampling.nearest(times, time) for time in wanted}))
    return found


def columns(tile: Size, cameras: int, tiles: int) -> int:
    """Return how many tiles of this size a row has, with this number of cameras in each.

    No more than `tiles` need, so that little of the last row is empty: it is paid for as well.
    """
    most = grid.columns_of(tile, cameras, COLUMNS, TILE_WIDTH)
    return math.ceil(tiles / math.ceil(tiles / most))


def fitted(tile: Size, cameras: int, tiles: int) -> Size:
    """Return the size that a tile has in a picture of so many: its own, if they all fit.

    Those of many cameras, or of high frames, do not.
    """
    while max(_size(tile, cameras, tiles)) > grid.MAX_SIDE_OF_MANY:
        tile = max(1, round(SHRUNK * tile[0])), max(1, round(SHRUNK * tile[1]))
    return tile


def size(tile: Size, cameras: int, tiles: int) -> Size:
    """Return the size of a picture with this number of tiles."""
    return _size(fitted(tile, cameras, tiles), cameras, tiles)


def _size(tile: Size, cameras: int, tiles: int) -> Size:
    return grid.sheet_size(tile, columns(tile, cameras, tiles), tiles)
