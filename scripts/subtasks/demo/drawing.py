"""Pictures of a simulated episode: the table, the blocks, the bin and the arm, from the side.

Everything is drawn larger than the picture and reduced, which smooths the edges.
"""

from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw

from subtasks.demo import arm

WIDTH, HEIGHT = 320, 240
SMOOTHING = 3
SCALE = 416 * SMOOTHING
"""Drawn pixels per metre."""

LEFT, TOP = -0.125, 0.475
"""Upper left corner of the picture, in metres."""

BACK = (0.012, 0.010)
"""How far, in metres, the back of a body is drawn to the right of and above its front."""

Colour = tuple[int, ...]
Point = tuple[float, float]

WALL_TOP, WALL_BOTTOM = (236, 240, 245), (214, 221, 229)
TABLE_BACK, TABLE_FRONT = (205, 178, 146), (168, 136, 103)
TABLE_EDGE_Y = 0.028
BLOCK_COLOURS: dict[str, Colour] = {
    "red": (214, 64, 58),
    "green": (70, 160, 92),
    "blue": (62, 112, 200),
    "yellow": (236, 186, 54),
}
BIN_COLOUR, BIN_RIM = (118, 132, 150), (160, 174, 192)
# The foot of the bin is narrower than its rim, and nearer.
BIN_LEAN, BIN_FOOT = 0.012, -0.006
LINK_COLOUR, LINK_LIGHT = (242, 140, 56), (252, 178, 112)
STEEL, STEEL_LIGHT, DARK = (92, 101, 115), (150, 160, 174), (48, 54, 64)
SHADOW = (40, 28, 16, 60)

LINK_WIDTH = (0.046, 0.034, 0.026)
"""Width of the links at shoulder, elbow and wrist."""

JAW_WIDTH, JAW_LENGTH = 0.013, 0.058
PALM_WIDTH, PALM_HEIGHT = 0.124, 0.020
JAWS_TOP = -0.030
"""Upper end of the jaws, relative to the wrist."""


def frames(recording: arm.Recording) -> Iterator[np.ndarray]:
    """Draw a recording's frames, each (HEIGHT, WIDTH, 3) uint8."""
    background = _background()
    for state, blocks in zip(recording.state, recording.blocks, strict=True):
        picture = background.copy()
        draw = ImageDraw.Draw(picture, "RGBA")
        elbow, wrist = arm.skeleton(float(state[0]), float(state[1]))
        _shadow(draw, wrist[0], 0.05, strength=max(0.2, 1 - 2.5 * wrist[1]))
        for (x, y), colour in zip(blocks, recording.colours, strict=True):
            if y <= arm.BLOCK and x < arm.BIN_X - arm.BIN_WIDTH / 2:
                _shadow(draw, x, arm.BLOCK * 0.75, strength=1)
            _box(draw, x, y - arm.BLOCK / 2, arm.BLOCK, arm.BLOCK, BLOCK_COLOURS[colour])
        _bin_front(draw)
        _arm(draw, elbow, wrist)
        _gripper(draw, wrist, float(state[2]))
        yield np.asarray(picture.reduce(SMOOTHING))


def _background() -> Image.Image:
    """Draw what never moves and is behind everything else."""
    edge = _at((0, TABLE_EDGE_Y))[1] / (HEIGHT * SMOOTHING)
    rows = np.linspace(0, 1, HEIGHT * SMOOTHING)[:, None]
    wall = _blend(WALL_TOP, WALL_BOTTOM, rows / edge)
    table = _blend(TABLE_BACK, TABLE_FRONT, (rows - edge) / (1 - edge))
    column = np.where(rows < edge, wall, table).round().astype(np.uint8)
    picture = Image.fromarray(np.repeat(column[:, None], WIDTH * SMOOTHING, axis=1))
    draw = ImageDraw.Draw(picture, "RGBA")

    _shadow(draw, arm.SHOULDER[0], 0.08, strength=1)
    _shadow(draw, arm.BIN_X, arm.BIN_WIDTH * 0.62, strength=1)
    _polygon(draw, [(-0.07, -0.005), (0.07, -0.005), (0.055, 0.018), (-0.055, 0.018)], DARK)
    x, y = arm.SHOULDER
    _polygon(draw, [(x - 0.045, 0.018), (x + 0.045, 0.018), (x + 0.026, y), (x - 0.026, y)], STEEL)
    _bin_back(draw)
    return picture


def _bin_back(draw: ImageDraw.ImageDraw) -> None:
    """Draw the part of the bin behind the blocks in it: the inside and the right wall."""
    left, right, top = _bin_corners()
    dx, dy = 2 * BACK[0], 2 * BACK[1]
    opening = [(left, top), (right, top), (right + dx, top + dy), (left + dx, top + dy)]
    foot = (right - BIN_LEAN, BIN_FOOT)
    wall = [(right, top), (right + dx, top + dy), (foot[0] + dx, foot[1] + dy), foot]
    _polygon(draw, wall, shade(BIN_COLOUR, 0.78))
    _polygon(draw, opening, shade(BIN_COLOUR, 0.5))
    for start, end in ((opening[3], opening[2]), (opening[1], opening[2])):
        draw.line([_at(start), _at(end)], fill=BIN_RIM, width=SMOOTHING)


def _bin_front(draw: ImageDraw.ImageDraw) -> None:
    left, right, top = _bin_corners()
    foot = [(left + BIN_LEAN, BIN_FOOT), (right - BIN_LEAN, BIN_FOOT)]
    _polygon(draw, [*foot, (right, top), (left, top)], BIN_COLOUR)
    _polygon(draw, _rectangle(left - 0.003, top - 0.010, right + 0.003, top), BIN_RIM)


def _bin_corners() -> tuple[float, float, float]:
    half = arm.BIN_WIDTH / 2
    return arm.BIN_X - half, arm.BIN_X + half, arm.BIN_HEIGHT


def _box(
    draw: ImageDraw.ImageDraw, x: float, y: float, width: float, height: float, colour: Colour
) -> None:
    """Draw a block from the front; the lower edge of its front is centred at (x, y)."""
    left, right, top = x - width / 2, x + width / 2, y + height
    dx, dy = BACK
    _polygon(
        draw,
        [(left, top), (right, top), (right + dx, top + dy), (left + dx, top + dy)],
        shade(colour, 1.22),
    )
    _polygon(
        draw,
        [(right, y), (right + dx, y + dy), (right + dx, top + dy), (right, top)],
        shade(colour, 0.74),
    )
    _polygon(draw, [(left, y), (right, y), (right, top), (left, top)], colour)


def _arm(draw: ImageDraw.ImageDraw, elbow: Point, wrist: Point) -> None:
    at_shoulder, at_elbow, at_wrist = LINK_WIDTH
    _link(draw, arm.SHOULDER, elbow, at_shoulder, at_elbow, LINK_COLOUR)
    _link(draw, elbow, wrist, at_elbow, at_wrist, LINK_LIGHT)
    for centre, width in ((arm.SHOULDER, at_shoulder), (elbow, at_elbow), (wrist, at_wrist)):
        _disc(draw, centre, width * 0.62, DARK)
        _disc(draw, centre, width * 0.36, STEEL_LIGHT)


def _gripper(draw: ImageDraw.ImageDraw, wrist: Point, opening: float) -> None:
    """Draw the gripper under the wrist; a block between the jaws stays in view."""
    x, y = wrist
    top = y + JAWS_TOP
    _polygon(draw, _rectangle(x - 0.011, top, x + 0.011, y - 0.008), STEEL)
    _polygon(
        draw,
        _rectangle(x - PALM_WIDTH / 2, top - PALM_HEIGHT / 2, x + PALM_WIDTH / 2, top),
        STEEL,
    )
    gap = arm.JAW_GAP * min(max(opening, 0), 100) / 100
    for side in (-1, 1):
        inner, outer = x + side * gap / 2, x + side * (gap / 2 + JAW_WIDTH)
        jaw = _rectangle(min(inner, outer), top - JAW_LENGTH, max(inner, outer), top + 0.003)
        _polygon(draw, jaw, DARK)


def _link(
    draw: ImageDraw.ImageDraw,
    start: Point,
    end: Point,
    start_width: float,
    end_width: float,
    colour: Colour,
) -> None:
    along = np.subtract(end, start)
    across = np.array([-along[1], along[0]]) / np.hypot(*along)
    corners = [
        start + across * start_width / 2,
        end + across * end_width / 2,
        end - across * end_width / 2,
        start - across * start_width / 2,
    ]
    _disc(draw, start, start_width / 2, colour)
    _disc(draw, end, end_width / 2, colour)
    _polygon(draw, [(float(x), float(y)) for x, y in corners], colour)


def _shadow(draw: ImageDraw.ImageDraw, x: float, radius: float, strength: float) -> None:
    """Draw a soft shadow on the table under x: three flat, nested ellipses."""
    for spread in (1.25, 1.0, 0.75):
        left, top = _at((x - radius * spread, 0.012 * spread - 0.002))
        right, bottom = _at((x + radius * spread, -0.012 * spread - 0.002))
        alpha = round(SHADOW[3] * strength / 2)
        draw.ellipse((left, top, right, bottom), fill=(*SHADOW[:3], alpha))


def _disc(draw: ImageDraw.ImageDraw, centre: Point, radius: float, colour: Colour) -> None:
    x, y = _at(centre)
    r = radius * SCALE
    draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)


def _polygon(draw: ImageDraw.ImageDraw, points: list[Point], colour: Colour) -> None:
    draw.polygon([_at(point) for point in points], fill=colour)


def _rectangle(left: float, bottom: float, right: float, top: float) -> list[Point]:
    return [(left, bottom), (right, bottom), (right, top), (left, top)]


def _at(point: Point) -> Point:
    """Return the drawn pixel of a point in metres."""
    return (point[0] - LEFT) * SCALE, (TOP - point[1]) * SCALE


def _blend(first: Colour, second: Colour, share: np.ndarray) -> np.ndarray:
    start, end = np.array(first), np.array(second)
    blended: np.ndarray = start + (end - start) * np.clip(share, 0, 1)
    return blended


def shade(colour: Colour, factor: float) -> Colour:
    """Return a colour made darker, or lighter by a `factor` above 1."""
    return tuple(min(255, round(channel * factor)) for channel in colour)
