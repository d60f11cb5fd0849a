"""Decoded frames as images of the size in which they are shown."""

from collections.abc import Callable
from typing import TypeAlias, cast

from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from PIL import Image

from subtasks.frames.grid import Size

Fit: TypeAlias = Callable[[int, int], Size]
"""Gives the size to which a picture of a width and a height is scaled."""

# Averaging is the cheapest of the filters that use every pixel of the source, but it makes blocks
# of a picture that is enlarged. Bit-exact, because the images are part of the key under which
# replies are stored: the same question must not be asked again on another processor.
_EXACT = Interpolation.ACCURATE_RND | Interpolation.BITEXACT
_SHRINKING = Interpolation.AREA | _EXACT
_ENLARGING = Interpolation.BICUBIC | _EXACT
_TURNS = {
    90: Image.Transpose.ROTATE_90,
    -90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    -180: Image.Transpose.ROTATE_180,
}


class Scaler:
    """Turns decoded frames into upright RGB images of the size that `fit` gives.

    libswscale scales and converts colours in one pass.
    """

    def __init__(self, fit: Fit) -> None:
        self._fit = fit
        self._reformatter = VideoReformatter()

    def __call__(self, frame: VideoFrame) -> Image.Image:
        """Convert a frame."""
        turn = _TURNS.get(frame.rotation)
        sideways = turn in (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270)
        size = (frame.height, frame.width) if sideways else (frame.width, frame.height)
        width, height = self._fit(*size)
        scaled = self._reformatter.reformat(
            frame,
            width=height if sideways else width,
            height=width if sideways else height,
            format="rgb24",
            interpolation=_ENLARGING if height > size[1] else _SHRINKING,
            threads=1,
        )
        plane = scaled.planes[0]
        # Pillow takes any buffer, but its types name only some.
        pixels = cast("bytes", memoryview(plane))
        image = Image.frombuffer(
            "RGB", (scaled.width, scaled.height), pixels, "raw", "RGB", plane.line_size
        )
        return image.transpose(turn) if turn else image
