"""Long episodes: which images one request carries, and how the answers become one.

An episode with more frames than a request should carry is asked about in windows that
overlap. Where two windows saw the same seconds, the earlier one's borders count up to the
middle of what they share and the later one's from there on; borders that both saw count once.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from subtasks.archive import Image
from subtasks.segments import Segment

OVERLAP_SECONDS = 10.0
AGREE_SECONDS = 0.5
# Share of words two labels have in common from which on they say the same. One word of
# difference among few ("open" and "close", "red" and "blue") is another subtask.
SAME_MEANING = 0.75
FILLERS = frozenset(("a", "an", "the", "its", "of", "and"))

MAX_REQUEST_BYTES = 30 << 20
# Images a request may hold, by the model's context: a million tokens, or 200,000.
IMAGES_OF_LARGE_CONTEXT = 600
IMAGES_OF_SMALL_CONTEXT = 100

_LARGE_CONTEXT = re.compile(r"(opus|sonnet)-4-[6-9]|(opus|sonnet|fable|haiku)-[5-9]")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may carry: frames, images, and bytes of images as they are sent."""

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


def limits(model: str, frames: int) -> Limits:
    """Limits of one request to a model, with the user's own limit of frames."""
    large = _LARGE_CONTEXT.search(model)
    return Limits(frames, IMAGES_OF_LARGE_CONTEXT if large else IMAGES_OF_SMALL_CONTEXT)


def cut(images: Sequence[Image], sizes: Sequence[int], limits: Limits) -> list[Window]:
    """Cut an episode's images into windows that each fit into one request.

    `sizes` are the images' bytes; base64 makes them a third larger. Neighbours share at least
    one image and, where a window is long enough for it, `OVERLAP_SECONDS`.
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


def _fill(images: Sequence[Image], sizes: Sequence[int], limits: Limits, first: int) -> int:
    frames = size = 0
    for index in range(first, len(images)):
        frames += len(images[index].times)
        size += -(-sizes[index] // 3) * 4
        full = frames > limits.frames or size > limits.bytes or index - first >= limits.images
        # One image always goes, or there would be no end: a sheet of more frames than allowed.
        if full and index > first:
            return index
    return len(images)


def thin(sizes: Sequence[int], limits: Limits) -> list[int]:
    """Choose images that fit into one request: all, or evenly the first to the last of them."""
    count = len(sizes)
    most = min(count, limits.images)
    while True:
        chosen = [round(i * (count - 1) / max(most - 1, 1)) for i in range(most)]
        if most <= 1 or sum(-(-sizes[i] // 3) * 4 for i in chosen) <= limits.bytes:
            return chosen
        most -= 1 + most // 20


def stitch(parts: Sequence[tuple[Window, Sequence[Segment]]]) -> list[Segment]:
    """Make one list of subtasks from those of all windows, in the order of time.

    Each window's first entry says what is going on when it begins; it is a border only for
    the first window.
    """
    (window, segments), *later = parts
    joined, seen = list(segments), window.stop
    for window, segments in later:
        joined = _join(joined, segments[1:], seam=(window.start + seen) / 2)
        seen = window.stop
    return joined


def _join(earlier: list[Segment], later: Sequence[Segment], seam: float) -> list[Segment]:
    both = {
        (i, j)
        for i, one in enumerate(earlier)
        for j, other in enumerate(later)
        if abs(one.time - other.time) <= AGREE_SECONDS
    }
    seen_by_later = {i for i, _ in both}
    seen_by_earlier = {j for _, j in both}
    joined = [
        segment
        for i, segment in enumerate(earlier)
        if i == 0 or segment.time < seam or i in seen_by_later
    ]
    for j, segment in enumerate(later):
        if j in seen_by_earlier or segment.time < seam or segment.time <= joined[-1].time:
            continue
        if not same_meaning(segment.subtask, joined[-1].subtask):
            joined.append(segment)
    return joined


def same_meaning(one: str, other: str) -> bool:
    """Say whether two labels name the same subtask, as far as their words tell."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return first == second
    return len(first & second) / len(first | second) > SAME_MEANING


def _words(label: str) -> frozenset[str]:
    words = "".join(c if c.isalnum() else " " for c in label.casefold()).split()
    return frozenset(words) - FILLERS
