"""How OpenTau expands subtasks to frames, implemented from its documentation only."""

from collections.abc import Iterable
from itertools import pairwise

from subtasks.segments.segment import Segment


def responses(segments: Iterable[Segment], fps: float, length: int) -> list[str]:
    """Return the `response` of each frame.

    In order of time, entry i covers the frames from round(time_i * fps) to before
    round(time_{i+1} * fps), and the last entry those up to the end. Frames before the first
    entry have "".
    """
    ordered = sorted(segments, key=lambda segment: segment.time)
    begins = [round(segment.time * fps) for segment in ordered] + [length]
    covered = [
        (range(start, stop), segment.subtask)
        for segment, (start, stop) in zip(ordered, pairwise(begins), strict=True)
    ]
    return [
        next((text for frames, text in covered if frame in frames), "") for frame in range(length)
    ]
