"""What the user says about a dataset's labels: shown to the model, and held against its answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from subtasks.segments.segment import Segment, Unusable, clean_label


@dataclass(frozen=True, slots=True)
class Guidance:
    """A user's guidance; the default is none.

    `context` is a text for the model alone. `vocabulary` is a closed list of labels.
    `min_segment` is the shortest subtask in seconds, `max_segments` the most of an episode.
    """

    context: str | None = None
    vocabulary: tuple[str, ...] = ()
    min_segment: float = 0.0
    max_segments: int | None = None

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `plan.guidance` wrote."""
        given = json.loads(text)
        # Labels are written clean, so that is how they have to be known.
        labels = filter(None, map(clean_label, given.get("vocabulary", ())))
        return cls(**given | {"vocabulary": tuple(dict.fromkeys(labels))})

    def remarks(self) -> str:
        """What the model is told, a line a remark; empty where there is nothing to tell."""
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

    def of_part(self, share: float) -> Self:
        """Guidance for one of several parts of an episode, which has that share of its length.

        Of `max_segments`, each part has its share of the borders between them, so that parts
        which overlap and keep to it are never too many subtasks together.
        """
        if self.max_segments is None:
            return self
        return replace(self, max_segments=1 + int(share * (self.max_segments - 1)))

    def label_schema(self) -> dict[str, Any]:
        """JSON schema of one label."""
        if self.vocabulary:
            return {"type": "string", "enum": list(self.vocabulary)}
        return {"type": "string"}

    def subtasks_schema(self) -> dict[str, Any]:
        """JSON schema of an answer with all subtasks."""
        entry = _object(time={"type": "number"}, subtask=self.label_schema())
        return _object(subtasks={"type": "array", "items": entry})

    def relabel_schema(self) -> dict[str, Any]:
        """JSON schema of an answer with one label."""
        return _object(subtask=self.label_schema())

    def label(self, text: str) -> str:
        """Clean a label; raises `Unusable` for one outside the vocabulary.

        Upper case and a full stop are no different word, so they are forgiven.
        """
        label = clean_label(text)
        if not self.vocabulary or label in self.vocabulary:
            return label
        known = {_plain(entry): entry for entry in self.vocabulary}
        if _plain(label) not in known:
            shown = json.dumps(label, ensure_ascii=False)
            raise Unusable(f"the label {shown} is not one of the allowed labels")
        return known[_plain(label)]

    def allowed(self, entries: Sequence[Segment]) -> list[Segment]:
        """Entries with their labels as the vocabulary has them; raises `Unusable` for others.

        Without an entry the one before it would go on, and nobody would know.
        """
        return [Segment(entry.time, self.label(entry.subtask)) for entry in entries]

    def fitted(self, segments: Sequence[Segment], duration: float) -> list[Segment]:
        """Settled segments without those that are too short: the one before goes on instead.

        Raises `Unusable` where more than the allowed number remain.
        """
        kept = without_short(segments, duration, self.min_segment)
        if self.max_segments and len(kept) > self.max_segments:
            raise Unusable(
                f"there are {len(kept)} subtasks and at most {self.max_segments} are allowed"
            )
        return kept


def without_short(segments: Sequence[Segment], duration: float, shortest: float) -> list[Segment]:
    """Leave out segments shorter than `shortest` seconds; the one before goes on instead.

    A first one that is too short gives its place to the one after it. Neighbours that come to
    have one label are one.
    """
    kept: list[Segment] = []
    ends = [segment.time for segment in segments[1:]] + [duration]
    for segment, end in zip(segments, ends, strict=True):
        # The rounding of times to frames must not make a segment of just that length too short.
        if end - segment.time < shortest - 1e-6 and (kept or segment is not segments[-1]):
            continue
        start = segment.time if kept else 0.0
        if not kept or kept[-1].subtask != segment.subtask:
            kept.append(Segment(start, segment.subtask))
    return kept


def _plain(label: str) -> str:
    return " ".join(label.casefold().rstrip(".").split())


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
