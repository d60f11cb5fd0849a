"""An episode's answer: what the model said about each window, and the subtasks made from it.

Asking is stricter than extracting. An answer with a fault that can be pointed out is asked for
once more; of an answer that was accepted, whatever the version that did, subtasks are made.
"""

from dataclasses import dataclass, field
from typing import Any, Self

from subtasks.questions import answer_text
from subtasks.questions.guidance import Guidance
from subtasks.questions.shown_times import Shown
from subtasks.questions.stitching import AGREE_SECONDS, stitch
from subtasks.questions.windows import Window
from subtasks.segments.segment import Segment, Unusable, settle


@dataclass(frozen=True, slots=True)
class Answer:
    """The answers about an episode.

    `windows` are the parts of the episode that were shown, and `texts` the answer to each. If the
    pass relabel was used, `labels` has the answer about each subtask; otherwise it is None.
    `rounding` says by how many seconds times may be off where the model read them. It is None in
    answers that earlier versions accepted, which lose what begins after the last image.
    """

    windows: tuple[Window, ...]
    texts: tuple[str, ...]
    labels: tuple[str, ...] | None = None
    rounding: float | None = None

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read the JSON form of `dataclasses.asdict(answer)`, also that of earlier versions."""
        return cls(
            tuple(Window(**window) for window in value["windows"]),
            tuple(value["texts"]),
            None if value["labels"] is None else tuple(value["labels"]),
            value.get("rounding"),
        )

    def shown(self, number: int, limits: "EpisodeLimits") -> Shown:
        """Return what was shown in the window of this number."""
        is_last = number == len(self.windows) - 1
        return limits.shown(self.windows[number], self.rounding, is_last=is_last)


@dataclass(frozen=True, slots=True)
class EpisodeLimits:
    """What an episode's subtasks are checked against: its frames and the user's guidance."""

    fps: float
    frames: int
    guidance: Guidance = field(default_factory=Guidance)

    @property
    def duration(self) -> float:
        """Length of the episode in seconds."""
        return self.frames / self.fps

    def shown(self, window: Window, rounding: float | None, *, is_last: bool) -> Shown:
        """Return what is shown in one of the episode's windows."""
        return Shown.of_window(window, self.fps, self.frames, rounding, is_last=is_last)


def check_window(text: str, window: Window, limits: EpisodeLimits, shown: Shown) -> None:
    """Raise `Unusable` if an answer about a window is faulty, even if subtasks can be made of it.

    Reading it would sort entries, cut what is too late and leave out what is no entry, and so
    give subtasks that the model may not have meant.
    """
    window_subtasks(text, window, limits, shown)
    parsed = answer_text.read_subtasks(text)
    entries = limits.guidance.apply_vocabulary(parsed.entries)
    times = shown.faults(list(zip(parsed.numbers, entries, strict=True)), limits.fps)
    if faults := [*parsed.refused, *times]:
        raise Unusable(answer_text.join_reasons(faults))


def window_subtasks(
    text: str, window: Window, limits: EpisodeLimits, shown: Shown | None = None
) -> tuple[list[Segment], list[str]]:
    """Return the subtasks in an answer about a window, and why entries were left out.

    They are settled on frames, and the first begins where the window does. Without `shown`, the
    window ends with its last image. Raises `Unusable`.
    """
    shown = shown or limits.shown(window, None, is_last=True)
    parsed = answer_text.read_subtasks(text)
    entries = shown.on_frames(limits.guidance.apply_vocabulary(parsed.entries))
    earliest = window.start - AGREE_SECONDS
    if earliest > 0 and not any(earliest <= entry.time <= shown.stop for entry in entries):
        raise Unusable(
            f"no subtask begins in the part that is shown, {window.start:.2f} s to "
            f"{window.stop:.2f} s; times count from the episode's start"
        )
    found = settle(entries, limits.fps, limits.frames)
    # Entries outside the window are guesses, but the last label before it is what goes on when
    # the window begins.
    before = [segment for segment in found if segment.time <= window.start]
    inside = [segment for segment in found if window.start < segment.time <= shown.stop]
    seen = [Segment(window.start, before[-1].subtask), *inside]
    # Too many in one window are too many for the episode, and a window can be asked about again.
    limits.guidance.apply_limits(seen, shown.stop)
    return seen, parsed.refused


def episode_subtasks(answer: Answer, limits: EpisodeLimits) -> tuple[list[Segment], list[str]]:
    """Return the subtasks of an episode, and why entries were left out. Raises `Unusable`."""
    found, refused = _join_windows(answer, limits)
    if answer.labels is not None:
        if len(answer.labels) != len(found):
            raise Unusable(
                f"there are {len(answer.labels)} new labels for {len(found)} subtasks: ask again"
            )
        labels = [read_label(text, limits) for text in answer.labels]
        relabelled = [
            Segment(segment.time, label) for segment, label in zip(found, labels, strict=True)
        ]
        found = settle(relabelled, limits.fps, limits.frames)
    return found, refused


def _join_windows(answer: Answer, limits: EpisodeLimits) -> tuple[list[Segment], list[str]]:
    """Return the subtasks as the pass segment labelled them, and why entries were left out."""
    parts, refused = [], []
    for number, (window, text) in enumerate(zip(answer.windows, answer.texts, strict=True)):
        found, reasons = window_subtasks(text, window, limits, answer.shown(number, limits))
        parts.append((window, found))
        refused += reasons
    whole = settle(stitch(parts), limits.fps, limits.frames)
    return limits.guidance.apply_limits(whole, limits.duration), refused


def read_label(text: str, limits: EpisodeLimits) -> str:
    """Read an answer that gives one label. Raises `Unusable`."""
    return limits.guidance.check_label(answer_text.read_label(text))
