"""A filmstrip: small pictures of what an episode's first camera saw, cut out of its archive.

People leaf through it where they cannot play the video. All pictures are in one JPEG, a grid in
reading order, and the same archive always gives the same bytes.
"""

import logging
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from subtasks.errors import Problem
from subtasks.frames import archive, grid
from subtasks.frames.grid import Size
from subtasks.frames.manifest import Image as Member
from subtasks.frames.manifest import Manifest
from subtasks.wording import first_line

WIDTH = 96
"""Pixels of a tile, unless its picture is smaller."""

MAX_HEIGHT = 192
"""Pixels of a tile: cameras that stand upright get narrower ones."""

COLUMNS = 10
MAX_TILES = 600

QUALITY = 75
"""Of the JPEG: the tiles are too small for anybody to see more."""

BLANK = (1, 1)
"""Size in pixels of the image of an episode that has no pictures."""

# What Pillow raises for a damaged image.
_DAMAGE = (OSError, SyntaxError, ValueError, LookupError, TypeError, EOFError, MemoryError)

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Filmstrip:
    """How an image is divided into tiles of `width` x `height` pixels, `columns` in a row.

    `times` are those of the tiles in seconds since the episode's start, in reading order.
    """

    width: int
    height: int
    columns: int
    times: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the first camera's pictures are in the images of an archive.

    Each image has `columns` tiles in a row; in the tile at `corner` the picture begins `above`
    pixels further down and has the size `picture`.
    """

    tile: Size
    columns: int
    above: int
    picture: Size

    def box(self, number: int) -> tuple[int, int, int, int]:
        """Return the corners of a picture, of which `number` are before it in its image."""
        left, top = grid.corner(self.tile, self.columns, number) if self.above else (0, 0)
        top += self.above
        return left, top, left + self.picture[0], top + self.picture[1]


class _NotCut(Exception):
    """Why no pictures can be cut out of an archive, as a clause."""


def write(source: Path | None, output: Path) -> Filmstrip | None:
    """Write the filmstrip of the archive `source` to the JPEG `output`.

    An archive without images, or a damaged one, or none at all, gives an image of one pixel, and
    None. That the archive is missing is an `OSError`.
    """
    if source is not None:
        try:
            return _write(source, output)
        except Problem as problem:
            log.warning("no filmstrip: %s", problem)
        except _NotCut as reason:
            log.warning("no filmstrip: %s: %s", source, reason)
    _save(Image.new("RGB", BLANK), output)
    return None


def _write(source: Path, output: Path) -> Filmstrip:
    manifest = archive.read_manifest(source)
    if not manifest.images:
        raise _NotCut(manifest.error or "it has no images")
    size = _shrunk(_layout(manifest, manifest.images[0]).picture)
    times = [time for image in manifest.images for time in image.times]
    chosen = _chosen(len(times))
    columns = min(COLUMNS, len(chosen))
    strip = Image.new("RGB", (size[0] * columns, size[1] * math.ceil(len(chosen) / columns)))
    for number, tile in enumerate(_tiles(source, manifest, size, set(chosen))):
        row, column = divmod(number, columns)
        strip.paste(tile, (column * size[0], row * size[1]))
    _save(strip, output)
    return Filmstrip(*size, columns, tuple(times[index] for index in chosen))


def _chosen(count: int) -> list[int]:
    """Choose at most `MAX_TILES` of `count` pictures, evenly from the first to the last."""
    if count <= MAX_TILES:
        return list(range(count))
    return [round(step * (count - 1) / (MAX_TILES - 1)) for step in range(MAX_TILES)]


def _shrunk(picture: Size) -> Size:
    """Return the size of a tile that shows a picture of this size."""
    width, height = grid.fit_to_width(*picture, WIDTH)
    if height > MAX_HEIGHT:
        width, height = grid.fit_to_height(*picture, MAX_HEIGHT)
    return width, height


def _tiles(
    source: Path, manifest: Manifest, size: Size, chosen: Collection[int]
) -> Iterator[Image.Image]:
    """Cut the chosen pictures out, one image of the archive in memory at a time."""
    first, layout = 0, _layout(manifest, manifest.images[0])
    for member, jpeg in archive.read_images(source):
        numbers = [i for i in range(len(member.times)) if first + i in chosen]
        first += len(member.times)
        if not numbers:
            continue
        if not layout.above:
            # The size of a stream's frames may change.
            layout = _layout(manifest, member)
        image = _decoded(member, jpeg, layout, size)
        # Decoded at a half, a quarter or an eighth of its size, where that is enough.
        share = round(member.width / image.width)
        for number in numbers:
            left, top, right, bottom = layout.box(number)
            if right > member.width or bottom > member.height:
                raise _NotCut(f"its {member.name} is too small for its tiles")
            # Inwards: a pixel on the edge is also of what is beside the picture.
            box = (-(-left // share), -(-top // share), right // share, bottom // share)
            yield image.resize(size, Image.Resampling.BILINEAR, box)


def _decoded(member: Member, jpeg: bytes, layout: _Layout, size: Size) -> Image.Image:
    if member.width * member.height > grid.MAX_IMAGE_SIDE**2:
        raise _NotCut(f"its {member.name} declares {member.width}x{member.height} pixels")
    try:
        image = Image.open(BytesIO(jpeg), formats=("JPEG",))
        if image.size != (member.width, member.height):
            raise _NotCut(f"its {member.name} does not have the size that its manifest says")
        # Twice as large as the tile, so that what remains to be scaled is done well.
        share = 2 * size[0] / layout.picture[0]
        if share < 1:
            image.draft("RGB", (round(member.width * share), round(member.height * share)))
        return image.convert("RGB")
    except (*_DAMAGE, Image.DecompressionBombError) as error:
        raise _NotCut(f"its {member.name} is damaged ({first_line(error)})") from None


# Where the tiles are -----------------------------------------------------------------------------


def _layout(manifest: Manifest, first: Member) -> _Layout:
    """Find out how the images of an archive are laid out, `first` being the first of them.

    Single frames may each have a size of their own.
    """
    sampling = manifest.sampling
    cameras = max(1, len(manifest.cameras))
    match sampling.get("layout"):
        case "frame":
            tile = (first.width, first.height)
            width = _whole(sampling, "frame_width")
            return _Layout(tile, 1, 0, _first_camera(manifest, tile, cameras, width))
        case "sheet":
            width = _whole(sampling, "tile_width")
            tile, columns = _sheet(manifest, first, cameras, width)
            above = grid.strip_height(tile)
            return _Layout(tile, columns, above, _first_camera(manifest, tile, cameras, width))
        case other:
            raise _NotCut(f"it has images of the layout {other}")


def _sheet(manifest: Manifest, first: Member, cameras: int, width: int) -> tuple[Size, int]:
    """Return the size of a sheet's tiles, and how many are in a row.

    With several cameras there may be fewer than the settings say, and what is in the manifest
    leaves a few possibilities: then the tile is the one with the height of the first camera, and
    of those the one of the fullest rows.
    """
    most = _whole(manifest.sampling, "columns")
    count = len(first.times)
    if len(manifest.images) > 1:
        # All but the last sheet are full.
        rows = _whole(manifest.sampling, "rows")
        candidates = [count // rows] if count % rows == 0 else []
    else:
        candidates = list(range(most, 0, -1)) if cameras > 1 else [most]
    found = []
    for columns in candidates:
        tile = _tile(first, columns)
        if tile and grid.columns_of(tile, cameras, most, width) == columns:
            found.append((tile, columns))
    if not found:
        raise _NotCut(f"its {first.name} does not have the size of {count} tiles")
    heights = {size[1] for size in _sizes(manifest, width)}
    return next((each for each in found if each[0][1] in heights), found[0])


def _tile(sheet: Member, columns: int) -> Size | None:
    """Return the size of the tiles of a sheet with so many in a row; None if they do not fit."""
    rows = math.ceil(len(sheet.times) / columns)
    width, rest = divmod(sheet.width + grid.GUTTER, columns)
    height, rest_below = divmod(sheet.height + grid.GUTTER, rows)
    if rest or rest_below:
        return None
    whole = height - grid.GUTTER
    for picture in range(whole - grid.strip_height((1, whole)), whole):
        if picture > 0 and picture + grid.strip_height((1, picture)) == whole:
            return max(0, width - grid.GUTTER), picture
    return None


def _first_camera(manifest: Manifest, tile: Size, cameras: int, limit: int) -> Size:
    """Return the size of the first camera's picture in a tile."""
    if cameras == 1:
        return tile
    for width, height in _sizes(manifest, limit):
        if height == tile[1] and width <= tile[0]:
            return width, height
    # A stream whose size is not that of its header.
    return min(limit, tile[0]), tile[1]


def _sizes(manifest: Manifest, limit: int) -> Sequence[Size]:
    """Return the sizes that the first camera's picture may have: it may have been turned."""
    width, height = manifest.width, manifest.height
    if width is None or height is None:
        return ()
    return grid.fit_to_width(width, height, limit), grid.fit_to_width(height, width, limit)


def _whole(sampling: Any, name: str) -> int:
    value = sampling.get(name)
    if type(value) is not int or value < 1:
        raise _NotCut(f"its manifest has no {name}")
    return value


def _save(image: Image.Image, output: Path) -> None:
    image.save(output, "JPEG", quality=QUALITY)
