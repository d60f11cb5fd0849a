"""Decoding sampled frames one after the other, past a few that are damaged."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from av.video.frame import VideoFrame

from subtasks.frames.footage import Extent, Footage
from subtasks.frames.video import LostFrame
from subtasks.wording import counted

MAX_LOST = 10
"""Sampled frames of an episode that may be damaged: looking for their neighbours takes time."""

MAX_TRIED = 60
"""Frames before a damaged one that are tried in its place."""

_EPSILON = 1e-6


@dataclass(frozen=True, slots=True)
class Shot:
    """A decoded frame, and its time in seconds since the episode's start."""

    time: float
    frame: VideoFrame


class Shots:
    """Decodes the frames `samples` of an episode, or of a part of it, in order; iterated over once.

    A frame that cannot be decoded is replaced by the nearest one that can, if that is less than
    half a sample step away; `rate` is in samples per second. Otherwise it is left out, if no more
    than the episode's `missing_seconds` then remain without a picture. Where that does not help,
    `LostFrame` is raised. `remarks` then has a sentence about what was replaced or left out.
    """

    def __init__(
        self, footage: Footage, extent: Extent, samples: Sequence[int], rate: float
    ) -> None:
        self._footage = footage
        self._extent = extent
        self._samples = samples
        self._reach = min(0.5 / rate, extent.missing_seconds) + _EPSILON
        self._losses: list[LostFrame] = []
        self._replaced = 0
        self._is_any_shown = False
        self._seen, self._stop = _part(footage, extent, samples, rate)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a person should know, once all frames are decoded."""
        if not self._losses:
            return ()
        done = [f"{self._replaced} replaced by a neighbour"] if self._replaced else []
        if self._left_out:
            done.append(f"{self._left_out} left out")
        sampled = counted(len(self._samples), "sampled frame")
        return (
            f"{self._extent.name} {self._losses[0]}: of {sampled}, {' and '.join(done)};"
            f" shown up to {self._seen:.2f} of {self._duration:.2f} s",
        )

    @property
    def _left_out(self) -> int:
        return len(self._losses) - self._replaced

    @property
    def _duration(self) -> float:
        return self._extent.frames / self._extent.episode_fps

    def __iter__(self) -> Iterator[Shot]:
        checked = 0
        for number, frame in self._decoded():
            time = self._footage.times[number]
            if self._left_out > checked:
                self._check_gap(time)
                checked = self._left_out
            # Before: whoever takes the last shot may not ask for another.
            self._seen = time + 1 / self._extent.episode_fps
            self._is_any_shown = True
            yield Shot(time, frame)
        if self._left_out > checked:
            self._check_gap(self._stop)
        if self._losses and not self._is_any_shown:
            raise self._losses[0]

    def _check_gap(self, time: float) -> None:
        """Raise the first loss if too much remains without a picture up to `time`."""
        if time - self._seen > self._extent.missing_seconds + _EPSILON:
            raise self._losses[0]

    def _decoded(self) -> Iterator[tuple[int, VideoFrame]]:
        """Yield the numbers of the frames that are shown, with the frames."""
        pending = deque(self._samples)
        shown = -1
        while pending:
            frames = self._footage.decode(tuple(pending), thorough=not self._losses)
            try:
                for frame in frames:
                    shown = pending.popleft()
                    yield shown, frame
            except LostFrame as error:
                self._losses.append(error)
                if len(self._losses) > MAX_LOST:
                    raise
                for number, frame in self._neighbour(pending, shown):
                    self._replaced += 1
                    shown = number
                    yield shown, frame
                pending.popleft()

    def _neighbour(self, pending: Sequence[int], shown: int) -> list[tuple[int, VideoFrame]]:
        """Find the nearest frame that can be decoded to show for the first of `pending`."""
        times, lost = self._footage.times, pending[0]
        limit = pending[1] if len(pending) > 1 else len(times)
        earlier = range(max(shown + 1, lost - MAX_TRIED), lost)
        later = self._footage.after_loss(lost)
        found: list[tuple[int, VideoFrame]] = []
        for tried in (earlier, range(later, min(later + 1, limit))):
            near = [n for n in tried if abs(times[n] - times[lost]) <= self._reach]
            found += self._last_of(near)
        return sorted(found, key=lambda each: abs(times[each[0]] - times[lost]))[:1]

    def _last_of(self, numbers: Sequence[int]) -> list[tuple[int, VideoFrame]]:
        """Decode frames up to one that is damaged, and return the last, if any."""
        last: list[tuple[int, VideoFrame]] = []
        with suppress(LostFrame):
            frames = self._footage.decode(numbers, thorough=False)
            for number, frame in zip(numbers, frames, strict=True):
                last = [(number, frame)]
        return last


def _part(
    footage: Footage, extent: Extent, samples: Sequence[int], rate: float
) -> tuple[float, float]:
    """Return the seconds from and to which samples show the episode: all of it, or their part."""
    start, stop = 0.0, extent.frames / extent.episode_fps
    near = 0.5 / rate + _EPSILON
    if not samples:
        return start, stop
    first, last = footage.times[samples[0]], footage.times[samples[-1]]
    return (
        first if first - footage.times[0] > near else start,
        last if footage.times[-1] - last > near else stop,
    )
