"""OpenTau's own expansion of subtasks to frames, written from its description alone."""

from collections.abc import Iterable
from itertools import pairwise

from subtasks.segments.segment import Segment


def responses(segments: Iterable[Segment], fps: float, length: int) -> list[str]:
    """The `response` of each frame, asked of one frame after the other.

    Sorted by time, entry i covers the frames round(time_i * fps) up to but not including
    round(time_{i+1} * fps), the last one those up to the end; frames before the first have "".
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
