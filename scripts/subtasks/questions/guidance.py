"""What the user says about a dataset's labels: given to the model, and applied to its answer."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from subtasks.errors import Problem
from subtasks.segments.segment import Segment, Unusable, clean_label


@dataclass(frozen=True, slots=True)
class Guidance:
    """A user's guidance; none by default.

    `context` is a text for the model. `vocabulary` is a closed list of labels. A subtask is at
    least `min_segment` seconds long, and an episode has at most `max_segments` subtasks.
    """

    context: str | None = None
    vocabulary: tuple[str, ...] = ()
    min_segment: float = 0.0
    max_segments: int | None = None

    @classmethod
    def from_json(cls, text: str | bytes, place: str = "the guidance") -> Self:
        """Read guidance from a JSON object; keys that are missing have their defaults.

        Labels are put into their clean form, in which they are compared and written. Raises
        `Problem`, naming `place`, for damaged text and for a vocabulary without any words.
        """
        try:
            given = json.loads(text)
            words = given.get("vocabulary", [])
            guidance = cls(**given)
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise _damaged(place) from None
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise _damaged(place)
        vocabulary = tuple(dict.fromkeys(filter(None, map(clean_label, words))))
        if words and not vocabulary:
            # An empty vocabulary would allow any label.
            raise Problem(f"{place}: all labels of the vocabulary are blank: fill it in")
        if not guidance._has_valid_limits():
            raise _damaged(place)
        return replace(guidance, vocabulary=vocabulary)

    def _has_valid_limits(self) -> bool:
        context, shortest, most = self.context, self.min_segment, self.max_segments
        return (
            (context is None or isinstance(context, str))
            and type(shortest) in (int, float)
            and 0 <= shortest < math.inf
            and (most is None or (type(most) in (int, float) and most >= 1 and most % 1 == 0))
        )

    def remarks(self) -> str:
        """Return the text for the model, one line per remark; empty without guidance.

        Its words are part of a question's key, as those in `prompts` are.
        """
        lines = []
        if self.context:
            lines.append(f"About these recordings: {self.context}")
        if self.vocabulary:
            labels = "\n".join(f"- {label}" for label in self.vocabulary)
            lines.append(f"Use these labels and no others, letter for letter:\n{labels}")
        if self.min_segment:
            lines.append(f"No subtask is shorter than {self.min_segment:g} s.")
        if self.max_segments:
            lines.append(f"There are at most {self.max_segments} subtasks.")
        return "\n".join(lines)

    def for_part(self, share: float) -> Self:
        """Return the guidance for a part that has this `share` of all parts' length.

        Each part may have its share of the borders that `max_segments` allows. So parts that
        keep to theirs never have too many subtasks together, even where they overlap.
        """
        if self.max_segments is None:
            return self
        return replace(self, max_segments=1 + int(share * (self.max_segments - 1)))

    def label_schema(self) -> dict[str, Any]:
        """Return the JSON schema of one label."""
        if self.vocabulary:
            return {"type": "string", "enum": list(self.vocabulary)}
        return {"type": "string"}

    def subtasks_schema(self) -> dict[str, Any]:
        """Return the JSON schema of an answer with all subtasks."""
        entry = object_schema(time={"type": "number"}, subtask=self.label_schema())
        return object_schema(subtasks={"type": "array", "items": entry})

    def relabel_schema(self) -> dict[str, Any]:
        """Return the JSON schema of an answer with one label."""
        return object_schema(subtask=self.label_schema())

    def check_label(self, text: str) -> str:
        """Return a label in its clean form; raises `Unusable` for one outside the vocabulary.

        Case and a final full stop do not matter.
        """
        label = clean_label(text)
        if not self.vocabulary or label in self.vocabulary:
            return label
        known = {_plain(entry): entry for entry in self.vocabulary}
        if _plain(label) not in known:
            quoted = json.dumps(label, ensure_ascii=False)
            raise Unusable(f"the label {quoted} is not one of the allowed labels")
        return known[_plain(label)]

    def apply_vocabulary(self, entries: Sequence[Segment]) -> list[Segment]:
        """Return entries with their labels as the vocabulary writes them; raises `Unusable`.

        An entry outside the vocabulary is not dropped: the subtask before it would silently
        become longer.
        """
        return [Segment(entry.time, self.check_label(entry.subtask)) for entry in entries]

    def apply_limits(self, segments: Sequence[Segment], duration: float) -> list[Segment]:
        """Return settled segments without those that are too short (see `without_short`).

        Raises `Unusable` if more than `max_segments` remain.
        """
        kept = without_short(segments, duration, self.min_segment)
        if self.max_segments and len(kept) > self.max_segments:
            raise Unusable(
                f"there are {len(kept)} subtasks and at most {self.max_segments} are allowed"
            )
        return kept


def without_short(segments: Sequence[Segment], duration: float, shortest: float) -> list[Segment]:
    """Leave out segments shorter than `shortest` seconds: the one before is extended.

    A first segment that is too short is replaced by the next. Neighbours that then have the same
    label become one.
    """
    kept: list[Segment] = []
    ends = [segment.time for segment in segments[1:]] + [duration]
    for segment, end in zip(segments, ends, strict=True):
        # Rounding times to frames must not make a segment of exactly that length too short.
        if end - segment.time < shortest - 1e-6 and (kept or segment is not segments[-1]):
            continue
        start = segment.time if kept else 0.0
        if not kept or kept[-1].subtask != segment.subtask:
            kept.append(Segment(start, segment.subtask))
    return kept


def _damaged(place: str) -> Problem:
    return Problem(f"{place} is damaged: remove it and run again")


def _plain(label: str) -> str:
    return " ".join(label.casefold().rstrip(".").split())


def object_schema(**properties: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON schema of an object that has these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
