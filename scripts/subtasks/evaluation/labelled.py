"""The labels of an episode, found or true, on its frames."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from subtasks.evaluation.label_texts import normalise
from subtasks.evaluation.truth_file import TrueSegment
from subtasks.segments.segment import Segment


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames `start` up to but not including `stop` carry `label`, from `time` (seconds) on.

    `text` is the label, normalised; by it labels are compared.
    """

    start: int
    stop: int
    time: float
    label: str
    text: str

    @property
    def length(self) -> int:
        """How many frames it has."""
        return self.stop - self.start


def found_stretches(segments: Sequence[Segment], fps: float, length: int) -> tuple[Stretch, ...]:
    """Put found segments, sorted by time, on an episode of `length` frames at `fps`.

    Each lasts until the next one begins, the last until the episode ends.
    """
    times = [*(segment.time for segment in segments), length / fps]
    timed = (
        (start, end, segment.subtask)
        for segment, (start, end) in zip(segments, pairwise(times), strict=True)
    )
    return _on_frames(timed, fps, length)


def true_stretches(segments: Iterable[TrueSegment], fps: float, length: int) -> tuple[Stretch, ...]:
    """Put true segments on an episode of `length` frames at `fps`; gaps remain gaps."""
    return _on_frames(((each.start, each.end, each.label) for each in segments), fps, length)


def _on_frames(
    timed: Iterable[tuple[float, float, str]], fps: float, length: int
) -> tuple[Stretch, ...]:
    """Round to frames, drop what has none, and join neighbours that say the same."""
    found: list[Stretch] = []
    for time, end, label in timed:
        # min() before round(), because a finite time may be infinitely many frames.
        start, stop = round(min(time * fps, length)), round(min(end * fps, length))
        if start >= stop:
            continue
        text = normalise(label)
        if found and found[-1].stop == start and found[-1].text == text:
            found[-1] = replace(found[-1], stop=stop)
        else:
            found.append(Stretch(start, stop, time, label, text))
    return tuple(found)
