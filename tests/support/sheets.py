"""Contact sheets: those of long episodes, and what is on one."""

from PIL.Image import Image as Picture

from subtasks.frames.manifest import Image

RATE = 2
"""Samples per second."""

GUTTER, MARGIN = 3, 2
"""Pixels between tiles, and around the time."""

LEAST_STRIP = 12 + 2 * MARGIN
"""Pixels of the strip above the smallest tiles."""


def sheets(count: int, tiles: int = 20, last: int | None = None) -> list[Image]:
    """Contact sheets of an episode sampled twice a second; the last may not be full."""
    shown = [tiles] * (count - 1) + [last or tiles]
    starts = [sum(shown[:i]) for i in range(count)]
    return [
        Image(f"{i}.jpg", 100, 80, tuple((start + k) / RATE for k in range(size)))
        for i, (start, size) in enumerate(zip(starts, shown, strict=True))
    ]


def tiles(sheet: Picture, count: int, columns: int) -> list[Picture]:
    """Cut the pictures out of a contact sheet, without the strips above them."""
    rows = -(-count // columns)
    width = (sheet.width - GUTTER * (columns - 1)) // columns
    height = (sheet.height - GUTTER * (rows - 1)) // rows
    found = []
    for number in range(count):
        left, top = number % columns * (width + GUTTER), number // columns * (height + GUTTER)
        cell = sheet.crop((left, top, left + width, top + height))
        found.append(cell.crop((0, strip(height), width, height)))
    return found


def strip(height: int) -> int:
    """Return the height of the strip in a tile that is so high with it."""
    return next(
        (
            strip
            for strip in range(LEAST_STRIP, height)
            if strip - 2 * MARGIN == max(12, round(0.08 * (height - strip)))
        ),
        LEAST_STRIP,
    )
