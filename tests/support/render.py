"""Small videos in which every frame shows its own number.

The lower half of frame n shows n as black and white blocks. The upper half is a moving texture,
so that frames depend on one another and a wrong one cannot pass for the right one.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from subtasks.demo.encoding import priority_kept

BITS = 12
COLUMNS, ROWS = 6, 2  # of the blocks
RATE = 30
TICKS = 512  # per frame at the constant rate
TIME_BASE = Fraction(1, RATE * TICKS)

# Encoders that come with PyAV, by codec.
ENCODERS = {"av1": "libsvtav1", "h264": "libx264", "hevc": "libx265", "mpeg4": "mpeg4"}
_QUIET = {
    "libsvtav1": {"preset": "10", "crf": "20", "svtav1-params": "lp=1"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:pools=none:frame-threads=1"},
    "libx264": {"preset": "veryfast"},
    "mpeg4": {"b": "2000000"},
}


def video(
    path: Path,
    frames: int = 60,
    *,
    codec: str = "h264",
    keyframes: int = 12,
    b_frames: int = 0,
    size: tuple[int, int] = (128, 96),
    times: Sequence[float] | None = None,
    offset: float = 0,
    first: int = 0,
    options: Mapping[str, str] | None = None,
    container: Mapping[str, str] | None = None,
    rotation: int = 0,
    pixels: str = "yuv420p",
) -> Path:
    """Write a video of `frames` frames, numbered from `first`, to `path`, and return the path.

    `times` are the times of the frames in seconds (default: 30 a second), shifted by `offset`.
    `keyframes` is the distance between two keyframes in frames; `options` go to the
    encoder, `container` options to the muxer.
    """
    encoder = ENCODERS[codec]
    opened = av.open(str(path), "w", options=dict(container or {}))
    with priority_kept(), opened as output:
        settings = _QUIET[encoder] | dict(options or {})
        stream = output.add_stream(encoder, rate=RATE, options=settings)
        stream.width, stream.height = size
        stream.pix_fmt = pixels
        context = stream.codec_context
        context.time_base = TIME_BASE
        context.gop_size = keyframes
        context.max_b_frames = b_frames
        context.thread_count = 1
        if rotation:
            stream.set_display_rotation(rotation)
        for position in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(first + position, size), format="rgb24")
            frame = frame.reformat(format=pixels)
            time = position / RATE if times is None else times[position]
            frame.pts = round((time + offset) / TIME_BASE)
            frame.time_base = TIME_BASE
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def picture(number: int, size: tuple[int, int]) -> np.ndarray:
    """Draw frame `number` as an RGB array (height, width, 3)."""
    width, height = size
    rows, columns = np.mgrid[0:height, 0:width]
    texture = 128 + 60 * np.sin((columns + 3 * number) / 7) + 50 * np.cos((rows - 2 * number) / 5)
    image = np.stack([texture, np.roll(texture, 9, axis=1), 255 - texture], axis=-1)
    lower = rows >= height // 2
    block = (rows - height // 2) * ROWS // (height - height // 2) * COLUMNS
    block = block + columns * COLUMNS // width
    image[lower] = np.where((number >> block[lower]) & 1, 235, 20)[:, None]
    return image.clip(0, 255).astype(np.uint8)


def number(image: Image.Image) -> int:
    """Read the number of a frame from its picture, which may have been scaled."""
    width, height = image.size
    grey = image.convert("L")
    value = 0
    for bit in range(BITS):
        row, column = divmod(bit, COLUMNS)
        x = int((column + 0.5) * width / COLUMNS)
        y = int(height / 2 + (row + 0.5) * height / 2 / ROWS)
        value |= (grey.getpixel((x, y)) > 128) << bit
    return value


def plain(path: Path) -> list[av.VideoFrame]:
    """Decode all frames from the beginning, in the simplest way."""
    with av.open(str(path)) as container:
        return list(container.decode(video=0))
