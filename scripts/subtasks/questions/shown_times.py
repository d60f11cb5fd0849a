"""The times a model is shown: how exactly, and what it may answer with them.

Times above tiles and in captions are rounded, so the last frame of an episode may read as its very
end. Above the last tile the time is rounded down, but a model may round for itself.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from subtasks.frames import sampling
from subtasks.questions.stitching import AGREE_SECONDS
from subtasks.questions.windows import Window
from subtasks.segments.segment import Segment, clean_label
from subtasks.wording import shorten_json

TEXT_DECIMALS = 2
"""Digits of the times in captions and prompts."""

EPSILON = 1e-5
"""Seconds: times of frames are rounded to microseconds, which must not decide a comparison."""


def rounding(layout: str, rate: float) -> float:
    """Return by how many seconds a time may be off where the model reads it.

    `rate` is in frames per second.
    """
    decimals = TEXT_DECIMALS
    if layout == "sheet":
        decimals = min(decimals, sampling.decimals(rate))
    return float(0.5 / 10**decimals)


@dataclass(frozen=True, slots=True)
class Shown:
    """The part of an episode that an answer is about, in seconds from `start` to `stop`.

    `stop` is the end of the episode if `is_last`, otherwise the time of the last image. `frame`
    is the time of the last frame that begins in the part, and `rounding` says by how much times
    may be off where the model reads them.
    """

    start: float
    stop: float
    frame: float
    is_last: bool
    rounding: float

    @classmethod
    def of_window(
        cls, window: Window, fps: float, frames: int, rounding: float | None, *, is_last: bool
    ) -> Self:
        """Say what a window of an episode of `frames` frames shows.

        Without a `rounding`, every window ends with its last image.
        """
        if rounding is None:
            return cls(window.start, window.stop, window.stop, is_last, 0.0)
        stop = frames / fps if is_last else window.stop
        # Rounding to microseconds must not cost a frame.
        frame = min(math.floor((stop + EPSILON) * fps), frames - 1)
        return cls(window.start, stop, frame / fps, is_last, rounding)

    def on_frames(self, entries: Sequence[Segment]) -> list[Segment]:
        """Move entries that are dated by the rounded time of the last frame onto that frame."""
        latest = self.stop + self.rounding + EPSILON
        if not self.rounding:
            return list(entries)
        return [
            Segment(self.frame, entry.subtask) if self.frame < entry.time <= latest else entry
            for entry in entries
        ]

    def faults(self, entries: Sequence[tuple[int, Segment]], fps: float) -> list[str]:
        """Say, as clauses for the model, which times of numbered entries cannot be meant.

        They must increase by a frame at least, unless the label stays the same, and none may be
        after what is shown. The windows before the last may overshoot a little: the next one
        shows what is there.
        """
        faults = []
        moved = self.on_frames([entry for _, entry in entries])
        numbered = [(*entry, onto) for entry, onto in zip(entries, moved, strict=True)]
        for (before, earlier, earlier_moved), (number, later, later_moved) in pairwise(numbered):
            if later.time < earlier.time:
                faults.append(
                    f"entry {number} begins at {_seconds(later)}, before entry {before} at "
                    f"{_seconds(earlier)}: times must increase"
                )
            elif (
                later.time <= self.stop + self.rounding + EPSILON
                and round(later_moved.time * fps) == round(earlier_moved.time * fps)
                and clean_label(later.subtask) != clean_label(earlier.subtask)
            ):
                faults.append(
                    f"entries {before} and {number} begin in the same frame, at "
                    f"{_seconds(earlier)} and {_seconds(later)}: each must have a time of its own"
                )
        slack = self.rounding if self.is_last else max(self.rounding, AGREE_SECONDS)
        where = "the end of the episode" if self.is_last else "the end of the part that is shown"
        faults += [
            f"entry {number} begins at {_seconds(entry)}, after {where} at {self.stop:.2f} s"
            for number, entry in entries
            if entry.time > self.stop + slack + EPSILON
        ]
        return faults


def _seconds(entry: Segment) -> str:
    return f"{shorten_json(entry.time)} s"
