"""Long episodes: which images go into one request.

An episode with more frames than a request should carry is asked about in overlapping windows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from subtasks.frames.manifest import Image

OVERLAP_SECONDS = 10.0

MAX_REQUEST_BYTES = 30_000_000
"""Bytes of images in a request. The API takes 32 MB, and prompts and captions need room too."""


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """How many frames, images and bytes of images (in base64) one request may carry.

    The user sets the number of frames; the number of images depends on the model.
    """

    frames: int
    images: int
    bytes: int = MAX_REQUEST_BYTES


@dataclass(frozen=True, slots=True)
class Window:
    """Images `first` up to but not including `last`; they show the seconds `start` to `stop`."""

    first: int
    last: int
    start: float
    stop: float


def cut_windows(
    images: Sequence[Image], sizes: Sequence[int], limits: RequestLimits
) -> list[Window]:
    """Cut an episode's images into windows that each fit into one request.

    `sizes` are the images' bytes. Neighbours overlap by `OVERLAP_SECONDS`, but by no more than
    half a window; windows of a single image do not overlap.
    """
    windows: list[Window] = []
    first = 0
    while True:
        last = fill(images, sizes, limits, first)
        windows.append(Window(first, last, images[first].times[0], images[last - 1].times[-1]))
        if last == len(images):
            return windows
        # At most half a window is seen twice: otherwise small windows would hardly advance.
        step = last - 1
        while (
            step > first + (last - first + 1) // 2
            and images[last - 1].times[-1] - images[step].times[0] < OVERLAP_SECONDS
        ):
            step -= 1
        first = max(step, first + 1)
        # If the next image is large, it may not fit beside the overlap.
        while fill(images, sizes, limits, first) == last:
            first += 1


def fill(images: Sequence[Image], sizes: Sequence[int], limits: RequestLimits, first: int) -> int:
    """Return the image after the last one that fits into a request beginning with `first`.

    `sizes` are the images' bytes. A request has at least one image.
    """
    frames = size = 0
    for index in range(first, len(images)):
        frames += len(images[index].times)
        size += _in_base64(sizes[index])
        full = frames > limits.frames or size > limits.bytes or index - first >= limits.images
        # Even a sheet of more frames than allowed goes into a request.
        if full and index > first:
            return index
    return len(images)


def _in_base64(size: int) -> int:
    """Return the length of `size` bytes in base64."""
    return -(-size // 3) * 4


def thin_images(sizes: Sequence[int], limits: RequestLimits) -> list[int]:
    """Choose the images for one request: all, or evenly spaced ones from the first to the last."""
    count = len(sizes)
    most = min(count, limits.images)
    while True:
        chosen = [round(i * (count - 1) / max(most - 1, 1)) for i in range(most)]
        if most <= 1 or sum(_in_base64(sizes[i]) for i in chosen) <= limits.bytes:
            return chosen
        most -= 1 + most // 20
