"""Pictures of a simulated episode from the wrist: what is under the gripper, seen from above.

The camera is fixed above the wrist, looks straight down and moves with it, so the jaws keep their
place in the picture while table, blocks and bin pass below and grow as the arm comes down. The
simulation knows the plane of the arm alone: everything stands in the middle of the table's depth.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from subtasks.demo import arm, drawing
from subtasks.demo.drawing import Colour, Point

WIDTH, HEIGHT = 240, 240
SMOOTHING = 2
FOCAL_LENGTH = 200 * SMOOTHING
"""Drawn pixels of one metre that is one metre away."""

ABOVE_WRIST, BEHIND_WRIST = 0.05, 0.03
"""Where the camera is, in metres; behind is up in the picture."""

BOARDS = ((205, 178, 146), (194, 166, 133))
BOARD_WIDTH = 0.06
TABLE_LEFT, TABLE_RIGHT, TABLE_DEPTH = -0.6, 1.2, 1.0

JAW_HEIGHT = -0.06
"""Where the jaws' near faces are, relative to the wrist."""

JAW_DEPTH = 0.012
BASE = 0.055


@dataclass(frozen=True, slots=True)
class _Camera:
    """A camera above (`x`, 0), `y` above the table."""

    x: float
    y: float

    def at(self, x: float, y: float, z: float) -> Point:
        """Return the drawn pixel of a point; `z` is its depth, 0 in the plane of the arm."""
        scale = FOCAL_LENGTH / (self.y - y)
        left = WIDTH * SMOOTHING / 2 + (x - self.x) * scale
        return left, HEIGHT * SMOOTHING / 2 + (BEHIND_WRIST + z) * scale

    def square(self, x: float, y: float, side: float) -> list[Point]:
        """Return the corners of a level square around (x, y)."""
        half = side / 2
        corners = [(-half, -half), (half, -half), (half, half), (-half, half)]
        return [self.at(x + dx, y, dz) for dx, dz in corners]


def frames(recording: arm.Recording) -> Iterator[np.ndarray]:
    """Draw a recording's frames, each (HEIGHT, WIDTH, 3) uint8."""
    for state, blocks in zip(recording.state, recording.blocks, strict=True):
        _, (x, y) = arm.skeleton(float(state[0]), float(state[1]))
        camera = _Camera(x, y + ABOVE_WRIST)
        picture = Image.new("RGB", (WIDTH * SMOOTHING, HEIGHT * SMOOTHING), BOARDS[0])
        draw = ImageDraw.Draw(picture, "RGBA")
        _table(draw, camera)
        _shadow(draw, camera, strength=max(0.2, 1 - 2.5 * y))
        _bin(draw, camera)
        heights = [float(height) for _, height in blocks]
        # From the lowest to the highest, which hides the others.
        for number in sorted(range(len(blocks)), key=heights.__getitem__):
            colour = drawing.BLOCK_COLOURS[recording.colours[number]]
            _block(draw, camera, float(blocks[number][0]), heights[number], colour)
        _jaws(draw, camera, y + JAW_HEIGHT, float(state[2]))
        yield np.asarray(picture.reduce(SMOOTHING))


def _table(draw: ImageDraw.ImageDraw, camera: _Camera) -> None:
    """Draw the boards of the table, which show how the camera moves, and the foot of the arm."""
    count = round((TABLE_RIGHT - TABLE_LEFT) / BOARD_WIDTH)
    for number in range(count):
        left = TABLE_LEFT + number * BOARD_WIDTH
        corner = camera.at(left, 0, -TABLE_DEPTH)
        opposite = camera.at(left + BOARD_WIDTH, 0, TABLE_DEPTH)
        draw.rectangle((*corner, *opposite), fill=BOARDS[number % 2])
    draw.polygon(camera.square(0, 0.018, 2 * BASE), fill=drawing.DARK)


def _shadow(draw: ImageDraw.ImageDraw, camera: _Camera, strength: float) -> None:
    for spread in (1.25, 1.0, 0.75):
        left, top = camera.at(camera.x - 0.05 * spread, 0, -0.03 * spread)
        right, bottom = camera.at(camera.x + 0.05 * spread, 0, 0.03 * spread)
        alpha = round(drawing.SHADOW[3] * strength / 2)
        draw.ellipse((left, top, right, bottom), fill=(*drawing.SHADOW[:3], alpha))


def _bin(draw: ImageDraw.ImageDraw, camera: _Camera) -> None:
    """Draw the bin from above: its rim, its walls inside and its floor."""
    foot = camera.square(arm.BIN_X, 0.002, arm.BIN_WIDTH - 2 * drawing.BIN_LEAN)
    rim = camera.square(arm.BIN_X, arm.BIN_HEIGHT, arm.BIN_WIDTH)
    draw.polygon(camera.square(arm.BIN_X, arm.BIN_HEIGHT, arm.BIN_WIDTH + 0.01), drawing.BIN_RIM)
    _sides(draw, foot, rim, drawing.BIN_COLOUR)
    draw.polygon(foot, fill=drawing.shade(drawing.BIN_COLOUR, 0.5))


def _block(draw: ImageDraw.ImageDraw, camera: _Camera, x: float, y: float, colour: Colour) -> None:
    foot = camera.square(x, y - arm.BLOCK / 2, arm.BLOCK)
    top = camera.square(x, y + arm.BLOCK / 2, arm.BLOCK)
    _sides(draw, foot, top, colour)
    draw.polygon(top, fill=drawing.shade(colour, 1.1))


def _sides(draw: ImageDraw.ImageDraw, foot: list[Point], top: list[Point], colour: Colour) -> None:
    """Draw the four walls between two squares, each in a shade of its own."""
    for number, light in enumerate((0.78, 0.66, 0.86, 0.72)):
        following = (number + 1) % 4
        corners = [foot[number], foot[following], top[following], top[number]]
        draw.polygon(corners, fill=drawing.shade(colour, light))


def _jaws(draw: ImageDraw.ImageDraw, camera: _Camera, y: float, opening: float) -> None:
    """Draw the two fingers, which reach into the picture from below."""
    gap = arm.JAW_GAP * min(max(opening, 0), 100) / 100
    for side in (-1, 1):
        edges = sorted(camera.x + side * (gap / 2 + width) for width in (0, drawing.JAW_WIDTH))
        left, top = camera.at(edges[0], y, -JAW_DEPTH)
        right, _ = camera.at(edges[1], y, -JAW_DEPTH)
        draw.rectangle((left, top, right, HEIGHT * SMOOTHING), fill=drawing.DARK)
        tip = top + JAW_DEPTH * FOCAL_LENGTH / (camera.y - y) / 2
        draw.rectangle((left, top, right, tip), fill=drawing.STEEL)
