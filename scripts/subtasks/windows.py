"""Long episodes: which images one request carries, and how the answers become one.

An episode with more frames than a request should carry is asked about in windows that
overlap. Where two windows saw the same seconds, the earlier one's borders count up to a seam and
the later one's from there on. The seam lies where neither saw a border for longest, so that a
border to which they give slightly different times lies on the same side for both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from subtasks.archive import Image
from subtasks.segments import Segment

OVERLAP_SECONDS = 10.0
AGREE_SECONDS = 0.5
# Two labels say the same that have more than this share of their words in common. One word of
# difference among few ("open" and "close", "red" and "blue") is another subtask.
SAME_MEANING = 0.75
FILLERS = frozenset(("a", "an", "the", "its", "of", "and"))

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


def cut(images: Sequence[Image], sizes: Sequence[int], limits: Limits) -> list[Window]:
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


def thin(sizes: Sequence[int], limits: Limits) -> list[int]:
    """Choose images that fit into one request: all, or evenly the first to the last of them."""
    count = len(sizes)
    most = min(count, limits.images)
    while True:
        chosen = [round(i * (count - 1) / max(most - 1, 1)) for i in range(most)]
        if most <= 1 or sum(_sent(sizes[i]) for i in chosen) <= limits.bytes:
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
        joined = _join(joined, segments, window.start, seen)
        seen = window.stop
    return joined


def _join(
    earlier: Sequence[Segment], later: Sequence[Segment], start: float, stop: float
) -> list[Segment]:
    """Join two windows that share the seconds from `start` to `stop`."""
    if stop < start:  # nobody saw what was between them
        return [*earlier, *_without_echo(earlier[-1], later)]
    seam = _seam([*earlier, *later], start, stop)
    joined = [segment for segment in earlier if segment.time <= seam]
    beyond = [segment for segment in earlier if segment.time > seam]
    going_on = [segment for segment in later if segment.time <= seam][-1]
    rest = [segment for segment in later if segment.time > seam]
    rest = [_twin(segment, rest, beyond) for segment in rest]
    # Where they disagree about what goes on at the seam, one may have seen a change before it
    # that the other saw after it.
    if not same_meaning(going_on.subtask, joined[-1].subtask):
        rest = _without_echo(joined[-1], rest)
        if beyond and same_meaning(going_on.subtask, beyond[0].subtask):
            rest = [beyond[0], *(each for each in rest if each.time > beyond[0].time)]
    return joined + rest


def _seam(segments: Sequence[Segment], start: float, stop: float) -> float:
    """Find the middle of the longest time without a border between `start` and `stop`."""
    borders = sorted(segment.time for segment in segments if start < segment.time < stop)
    gaps = pairwise([start, *borders, stop])
    before, after = max(gaps, key=lambda gap: gap[1] - gap[0])
    return (before + after) / 2


def _twin(segment: Segment, mine: Sequence[Segment], others: Sequence[Segment]) -> Segment:
    """Give the border of `others` that is the same as this one of `mine`, or this one itself."""
    if not others:
        return segment
    twin = _nearest(segment, others)
    both = abs(twin.time - segment.time) <= AGREE_SECONDS and _nearest(twin, mine) is segment
    return twin if both else segment


def _nearest(segment: Segment, others: Sequence[Segment]) -> Segment:
    return min(others, key=lambda other: abs(other.time - segment.time))


def _without_echo(going_on: Segment, later: Sequence[Segment]) -> Sequence[Segment]:
    """Leave out the first entry where it says what is going on already."""
    return later[1:] if later and same_meaning(later[0].subtask, going_on.subtask) else later


def same_meaning(one: str, other: str) -> bool:
    """Say whether two labels name the same subtask, as far as their words tell."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return first == second
    return len(first & second) / len(first | second) > SAME_MEANING


def _words(label: str) -> frozenset[str]:
    words = "".join(c if c.isalnum() else " " for c in label.casefold()).split()
    return frozenset(words) - FILLERS
