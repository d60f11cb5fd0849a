"""An episode's answer: what the model said about each window, and the subtasks that makes.

Pure, and the same for asking and for extracting: an answer is usable exactly when subtasks
can be made of it.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Self

from subtasks.questions.answer_text import parse
from subtasks.questions.guidance import Guidance
from subtasks.questions.stitching import AGREE_SECONDS, stitch
from subtasks.questions.windows import Window
from subtasks.segments.segment import Segment, Unusable, clean_label, settle

# Times of frames are rounded to microseconds.
EPSILON = 1e-5
# In an answer that should be one; prose may hold braces, and none of it may take for ever.
MOST_OBJECTS = 100

_BRACE = re.compile(r"\{")
_DECODER = json.JSONDecoder(strict=False, parse_int=float)


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
class EpisodeLimits:
    """What an episode's subtasks are held against: its frames and the user's guidance."""

    fps: float
    frames: int
    guidance: Guidance = field(default_factory=Guidance)

    @property
    def duration(self) -> float:
        """Length of the episode in seconds."""
        return self.frames / self.fps


def window_subtasks(
    text: str, window: Window, rules: EpisodeLimits
) -> tuple[list[Segment], list[str]]:
    """Subtasks that were said of a window, and why entries were left out.

    Settled on frames; the first begins where the window does. Raises `Unusable`.
    """
    parsed = parse(text)
    entries = rules.guidance.allowed(parsed.entries)
    earliest = window.start - AGREE_SECONDS
    if earliest > 0 and not any(earliest <= entry.time <= window.stop for entry in entries):
        raise Unusable(
            f"no subtask begins in the part that is shown, {window.start:.2f} s to "
            f"{window.stop:.2f} s; times count from the episode's start"
        )
    found = settle(entries, rules.fps, rules.frames)
    # What was said of times the window does not show is no more than a guess, but the last
    # label before it is what goes on when it begins.
    before = [segment for segment in found if segment.time <= window.start]
    inside = [segment for segment in found if window.start < segment.time <= window.stop]
    shown = [Segment(window.start, before[-1].subtask), *inside]
    # Too many in one window are too many in all, and this window can be asked again.
    rules.guidance.fitted(shown, window.stop)
    return shown, parsed.refused


def episode_subtasks(answer: Answer, rules: EpisodeLimits) -> tuple[list[Segment], list[str]]:
    """Subtasks of the whole episode, and why entries were left out. Raises `Unusable`."""
    found, refused = segmented(answer.windows, answer.texts, rules)
    if answer.labels is not None:
        if len(answer.labels) != len(found):
            raise Unusable(
                f"there are {len(answer.labels)} new labels for {len(found)} subtasks: ask again"
            )
        labels = [read_label(text, rules) for text in answer.labels]
        relabelled = [
            Segment(segment.time, label) for segment, label in zip(found, labels, strict=True)
        ]
        found = settle(relabelled, rules.fps, rules.frames)
    return found, refused


def segmented(
    shown: tuple[Window, ...], texts: tuple[str, ...], rules: EpisodeLimits
) -> tuple[list[Segment], list[str]]:
    """Subtasks with the labels of the segmenting pass, and why entries were left out."""
    parts, refused = [], []
    for window, text in zip(shown, texts, strict=True):
        found, reasons = window_subtasks(text, window, rules)
        parts.append((window, found))
        refused += reasons
    whole = settle(stitch(parts), rules.fps, rules.frames)
    return rules.guidance.fitted(whole, rules.duration), refused


def snap_to_motion(
    found: Sequence[Segment], times: Sequence[float], most: float, rules: EpisodeLimits
) -> list[Segment]:
    """Move each border to the nearest of `times` that is at most `most` seconds away.

    The first stays at 0.0. A border stays too where moving it would bring it to or past a
    neighbour, or make a subtask shorter than the guidance allows.
    """
    shortest = max(rules.guidance.min_segment, 1 / rules.fps)
    moved = list(found[:1])
    ends = [segment.time for segment in found[1:]] + [rules.duration]
    for segment, end in zip(found[1:], ends[1:], strict=True):
        near = min(times, key=lambda time: abs(time - segment.time), default=segment.time)
        frame = round(near * rules.fps) / rules.fps
        first, last = moved[-1].time + shortest - EPSILON, end - shortest + EPSILON
        moves = abs(near - segment.time) <= most + EPSILON and first <= frame <= last
        moved.append(Segment(frame if moves else segment.time, segment.subtask))
    return settle(moved, rules.fps, rules.frames)


def read_label(text: str, rules: EpisodeLimits) -> str:
    """Read an answer that gives one label. Raises `Unusable`."""
    for brace in islice(_BRACE.finditer(text), MOST_OBJECTS):
        try:
            value, _ = _DECODER.raw_decode(text, brace.start())
        except (ValueError, RecursionError):
            continue
        label = value.get("subtask")
        if isinstance(label, str) and clean_label(label):
            return rules.guidance.label(label)
    raise Unusable('the answer holds no JSON object {"subtask": "…"}')
