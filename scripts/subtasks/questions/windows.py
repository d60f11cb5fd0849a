"""Long episodes: which images one request carries, and how the answers become one.

An episode with more frames than a request should carry is asked about in windows that
overlap. Where two windows saw the same seconds, the earlier one's borders count up to a seam and
the later one's from there on. The seam lies where neither saw a border for longest, so that a
border to which they give slightly different times lies on the same side for both.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from subtasks.frames.manifest import Image

OVERLAP_SECONDS = 10.0

# Of the API's 32 MB: prompts and captions need room as well.
MAX_REQUEST_BYTES = 30_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may carry: frames, images, and bytes of images as they are sent.

    How many frames is for the user to say, how many images depends on the model.
    """

    frames: int
    images: int
    bytes: int = MAX_REQUEST_BYTES


@dataclass(frozen=True, slots=True)
class Window:
    """Images `first` up to but not including `last`, which show `start` to `stop` (seconds)."""

    first: int
    last: int
    start: float
    stop: float


def cut_windows(images: Sequence[Image], sizes: Sequence[int], limits: Limits) -> list[Window]:
    """Cut an episode's images into windows that each fit into one request.

    `sizes` are the images' bytes. Neighbours share `OVERLAP_SECONDS`, or what half a window
    has; nothing where a window is one image.
    """
    windows: list[Window] = []
    first = 0
    while True:
        last = _fill(images, sizes, limits, first)
        windows.append(Window(first, last, images[first].times[0], images[last - 1].times[-1]))
        if last == len(images):
            return windows
        # Half a window at the most is seen twice, or a small one would never get ahead.
        step = last - 1
        while (
            step > first + (last - first + 1) // 2
            and images[last - 1].times[-1] - images[step].times[0] < OVERLAP_SECONDS
        ):
            step -= 1
        first = max(step, first + 1)
        # Large images behind it may leave no room for an overlap and one more.
        while _fill(images, sizes, limits, first) == last:
            first += 1


def _fill(images: Sequence[Image], sizes: Sequence[int], limits: Limits, first: int) -> int:
    frames = size = 0
    for index in range(first, len(images)):
        frames += len(images[index].times)
        size += _sent(sizes[index])
        full = frames > limits.frames or size > limits.bytes or index - first >= limits.images
        # One image always goes, or there would be no end: a sheet of more frames than allowed.
        if full and index > first:
            return index
    return len(images)


def _sent(size: int) -> int:
    """Bytes that `size` bytes are in base64."""
    return -(-size // 3) * 4


def thin_images(sizes: Sequence[int], limits: Limits) -> list[int]:
    """Choose images that fit into one request: all, or evenly the first to the last of them."""
    count = len(sizes)
    most = min(count, limits.images)
    while True:
        chosen = [round(i * (count - 1) / max(most - 1, 1)) for i in range(most)]
        if most <= 1 or sum(_sent(sizes[i]) for i in chosen) <= limits.bytes:
            return chosen
        most -= 1 + most // 20
