"""The images of long episodes."""

from subtasks.frames.manifest import Image

RATE = 2
"""Samples per second."""


def sheets(count: int, tiles: int = 20, last: int | None = None) -> list[Image]:
    """Contact sheets of an episode sampled twice a second; the last may not be full."""
    shown = [tiles] * (count - 1) + [last or tiles]
    starts = [sum(shown[:i]) for i in range(count)]
    return [
        Image(f"{i}.jpg", 100, 80, tuple((start + k) / RATE for k in range(size)))
        for i, (start, size) in enumerate(zip(starts, shown, strict=True))
    ]
