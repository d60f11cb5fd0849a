"""What a second look at an episode's borders found, and the subtasks with their borders there."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

from subtasks.questions import answer_text
from subtasks.questions.answers import EpisodeLimits
from subtasks.questions.guidance import object_schema
from subtasks.questions.placements import NOT_VISIBLE
from subtasks.questions.shown_times import EPSILON
from subtasks.segments.borders import Border, between
from subtasks.segments.segment import Segment, Unusable, settle

SLACK_SECONDS = 0.13
"""An answer this much outside of what is shown, a tile's distance, means its edge."""


@dataclass(frozen=True, slots=True)
class Refinement:
    """The answers about an episode's borders.

    `borders` are those between its subtasks, by the first look. Each of `texts` is the answer about
    some of them, which it names by their numbers, counted from 1.
    """

    borders: tuple[Border, ...]
    texts: tuple[str, ...]

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read the JSON form of `dataclasses.asdict(refinement)`."""
        return cls(
            tuple(Border(**border) for border in value["borders"]),
            tuple(value["texts"]),
        )


def schema() -> dict[str, Any]:
    """Return the JSON schema of an answer about borders."""
    time = {"anyOf": [{"type": "number"}, {"type": "string", "enum": [NOT_VISIBLE]}]}
    entry = object_schema(border={"type": "integer"}, time=time)
    return object_schema(borders={"type": "array", "items": entry})


def check(text: str, borders: Sequence[tuple[int, Border]]) -> None:
    """Raise `Unusable` if an answer does not place each of these numbered borders once."""
    parsed = answer_text.read_borders(text)
    known = dict(borders)
    faults = [*parsed.refused]
    seen: set[int] = set()
    for entry in parsed.entries:
        if entry.border not in known:
            faults.append(f"there is no border {entry.border}")
            continue
        if entry.border in seen:
            faults.append(f"border {entry.border} comes twice")
        seen.add(entry.border)
        shown = known[entry.border]
        if entry.time is not None and not (
            shown.start - SLACK_SECONDS <= entry.time <= shown.stop + SLACK_SECONDS
        ):
            faults.append(
                f"border {entry.border} is put at {entry.time:g} s, outside of what is shown of "
                f"it, {shown.start:.2f} s to {shown.stop:.2f} s"
            )
    faults += [f"border {number} is missing" for number in known if number not in seen]
    if faults:
        raise Unusable(answer_text.join_reasons(faults))


def refine(
    found: Sequence[Segment], refinement: Refinement, limits: EpisodeLimits
) -> list[Segment]:
    """Move the borders of settled subtasks to where a second look has seen them.

    A border that was not visible stays. None leaves what was shown of it, passes a neighbour, or
    makes a subtask shorter than the guidance allows. Raises `Unusable` if these are not the
    subtasks that were looked at.
    """
    borders = between(found, limits.duration)
    if [border.time for border in borders] != [border.time for border in refinement.borders]:
        raise Unusable("the second look was at other borders than those of its answer: ask again")
    times = {
        entry.border: entry.time
        for text in refinement.texts
        for entry in answer_text.read_borders(text).entries
        if entry.time is not None
    }
    old = [round(segment.time * limits.fps) for segment in found]
    new = old[:1]
    latest = 0
    for number, border in enumerate(borders, 1):
        # Windows touch in the middle between two borders, and a frame there is the earlier one's.
        earliest = max(latest + 1, math.ceil(border.start * limits.fps - EPSILON))
        latest = min(math.floor(border.stop * limits.fps + EPSILON), limits.frames - 1)
        frame = round(times.get(number, border.time) * limits.fps)
        new.append(min(max(frame, earliest), latest))
    _keep_long_enough(old, new, limits)
    moved = [
        Segment(frame / limits.fps, segment.subtask)
        for frame, segment in zip(new, found, strict=True)
    ]
    return settle(moved, limits.fps, limits.frames)


def _keep_long_enough(old: Sequence[int], new: list[int], limits: EpisodeLimits) -> None:
    """Put borders in `new`, in frames, back to `old` where a subtask would be too short."""
    shortest = limits.guidance.min_segment * limits.fps - EPSILON
    while True:
        ends = pairwise([*new, limits.frames])
        short = [i for i, (start, stop) in enumerate(ends) if stop - start < shortest]
        back = {j for i in short for j in (i, i + 1) if j < len(new) and new[j] != old[j]}
        if not back:
            return
        for index in back:
            new[index] = old[index]
