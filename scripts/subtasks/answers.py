"""An episode's answer: what the model said about each window, and the subtasks that makes.

Pure, and the same for asking and for extracting: an answer is usable exactly when subtasks
can be made of it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from subtasks import segments, windows
from subtasks.guidance import Guidance
from subtasks.segments import Segment, Unusable
from subtasks.windows import Window


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered about an episode.

    `windows` are the parts of the episode that were shown and `texts` what was said to each;
    `labels` are what was said to each subtask when it was labelled again, None where it was not.
    """

    windows: tuple[Window, ...]
    texts: tuple[str, ...]
    labels: tuple[str, ...] | None = None

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read what `dataclasses.asdict` gave."""
        return cls(
            tuple(Window(**window) for window in value["windows"]),
            tuple(value["texts"]),
            None if value["labels"] is None else tuple(value["labels"]),
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """What an episode's subtasks are held against: its frames and the user's guidance."""

    fps: float
    frames: int
    guidance: Guidance = field(default_factory=Guidance)

    @property
    def duration(self) -> float:
        """Length of the episode in seconds."""
        return self.frames / self.fps


def of_window(text: str, window: Window, rules: Rules) -> tuple[list[Segment], list[str]]:
    """Subtasks that were said of a window, and why entries were left out.

    Settled on frames; the first begins where the window does. Raises `Unusable`.
    """
    parsed = segments.parse(text)
    entries = rules.guidance.allowed(parsed.entries)
    found = segments.settle(entries, rules.fps, rules.frames)
    # What was said of times the window does not show is no more than a guess, but the last
    # label before it is what goes on when it begins.
    before = [segment for segment in found if segment.time <= window.start] or found[:1]
    inside = [segment for segment in found if window.start < segment.time <= window.stop]
    rest = [segment for segment in inside if segment is not before[-1]]
    return [Segment(window.start, before[-1].subtask), *rest], parsed.refused


def subtasks(answer: Answer, rules: Rules) -> tuple[list[Segment], list[str]]:
    """Subtasks of the whole episode, and why entries were left out. Raises `Unusable`."""
    found, refused = cut(answer.windows, answer.texts, rules)
    if answer.labels is not None:
        if len(answer.labels) != len(found):
            raise Unusable(
                f"there are {len(answer.labels)} new labels for {len(found)} subtasks: ask again"
            )
        labels = [of_label(text, rules) for text in answer.labels]
        relabelled = [
            Segment(segment.time, label) for segment, label in zip(found, labels, strict=True)
        ]
        found = segments.settle(relabelled, rules.fps, rules.frames)
    return found, refused


def cut(
    shown: tuple[Window, ...], texts: tuple[str, ...], rules: Rules
) -> tuple[list[Segment], list[str]]:
    """Subtasks with the labels of the segmenting pass, and why entries were left out."""
    parts, refused = [], []
    for window, text in zip(shown, texts, strict=True):
        found, reasons = of_window(text, window, rules)
        parts.append((window, found))
        refused += reasons
    whole = segments.settle(windows.stitch(parts), rules.fps, rules.frames)
    return rules.guidance.fitted(whole, rules.duration), refused


def snapped(
    found: Sequence[Segment], times: Sequence[float], most: float, rules: Rules
) -> list[Segment]:
    """Move each border to the nearest of `times` that is at most `most` seconds away.

    The first stays at 0.0; where two borders would fall together, the later one stays.
    """
    moved = list(found[:1])
    for segment in found[1:]:
        near = min(times, key=lambda time: abs(time - segment.time), default=segment.time)
        close = abs(near - segment.time) <= most and near > moved[-1].time
        moved.append(Segment(near if close else segment.time, segment.subtask))
    return segments.settle(moved, rules.fps, rules.frames)


def of_label(text: str, rules: Rules) -> str:
    """Read an answer that gives one label. Raises `Unusable`."""
    start, end = text.find("{"), text.rfind("}")
    try:
        value = json.loads(text[start : end + 1])
    except (ValueError, RecursionError):
        raise Unusable('the answer holds no JSON object {"subtask": …}') from None
    label = value.get("subtask") if isinstance(value, dict) else None
    if not isinstance(label, str) or not segments.clean_label(label):
        raise Unusable('the answer has no "subtask" that is a text')
    return rules.guidance.label(label)
