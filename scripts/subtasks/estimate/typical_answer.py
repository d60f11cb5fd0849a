"""The answers a model typically gives, for estimates made before anything is asked."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from subtasks.cost import tokens
from subtasks.cost.capacity import Capacity
from subtasks.questions.guidance import Guidance
from subtasks.questions.passes import DESCRIBE, REFINE, RELABEL
from subtasks.questions.question import Jpeg, Question

# Lengths and rates are those of teleoperated pick-and-place recordings.
SECONDS_PER_SUBTASK = {"phases": 2.0, "events": 5.0}
NOTES_PER_SUBTASK = 1.5
LABELS = (
    "lift the yellow bottle and carry it to the right",
    "close the right hand around the yellow bottle",
)
NOTE = "the right hand closes around the yellow bottle, which stands upright on the table"
# Thinking is part of the output. Without an effort only some models think, as if it were high.
THINKING_TOKENS = {"low": 500, "medium": 1500, "high": 4000, "max": 8000}
UNASKED_EFFORT = "high"

_BORDER = re.compile(r"^Border ([0-9]+): .* now at ([0-9]+\.[0-9]+) s; shown:", re.DOTALL)
_CAPTION_END = re.compile(r"([0-9]+\.[0-9]+) s$")


@dataclass(frozen=True, slots=True)
class AnswerHabits:
    """How a model usually answers: a subtask every so many seconds, and its tokens of output.

    `output` has the measured mean of each pass over `episodes`; where it has none, the length of
    the typical answer counts, plus `thinking` tokens.
    """

    seconds_per_subtask: float
    thinking: int = 0
    output: Mapping[str, float] = field(default_factory=dict)
    episodes: int = 0


def seconds_per_subtask(protocol: str) -> float:
    """Return how long a subtask usually is by a shipped protocol; others are taken for phases."""
    return SECONDS_PER_SUBTASK.get(protocol, SECONDS_PER_SUBTASK["phases"])


def thinking(capacity: Capacity, effort: str | None) -> int:
    """Return how many tokens a model thinks before it answers."""
    if effort is None and not capacity.thinks:
        return 0
    return THINKING_TOKENS[effort or UNASKED_EFFORT]


@dataclass(frozen=True, slots=True)
class TypicalModel:
    """A model that answers questions about one episode, of `duration` seconds and `images`."""

    capacity: Capacity
    habits: AnswerHabits
    guidance: Guidance
    duration: float
    images: int

    def answer(self, question: Question) -> tuple[str, int]:
        """Return the text of an answer and the output tokens it takes."""
        seen = sum(isinstance(part, Jpeg) for part in question.content) / self.images
        step = max(self.habits.seconds_per_subtask, self.guidance.min_segment)
        count = max(1, round(self.duration / step))
        count = min(count, self.guidance.max_segments or count)
        labels = self.guidance.vocabulary or LABELS
        share = 1.0
        if question.purpose == RELABEL:
            text = json.dumps({"subtask": labels[0]})
        elif question.purpose == REFINE:
            text = _placements(question)
        elif question.purpose == DESCRIBE:
            text = self._list(round(NOTES_PER_SUBTASK * count * seen), (NOTE,))
        else:
            # Counted are those of the whole episode: a window's answer has its share of them, and
            # one subtask at the least.
            text, share = self._list(count, labels), max(seen, 1 / count)
        usual = tokens.of_text(text) * share + self.habits.thinking
        output = self.habits.output.get(question.purpose, usual)
        if seen < 1 and question.purpose not in (DESCRIBE, RELABEL, REFINE):
            # Later ones would be a fault that is asked about once more.
            text = self._list(count, labels, _last_time(question))
        return text, min(question.max_tokens, round(output))

    def _list(self, count: int, labels: Sequence[str], stop: float = math.inf) -> str:
        """Write the list of `count` subtasks, but only those that begin up to `stop` seconds."""
        times = (round(self.duration * i / count, 2) for i in range(count))
        entries = [
            {"time": time, "subtask": labels[i % len(labels)]}
            for i, time in enumerate(times)
            if time <= stop
        ]
        return json.dumps({"subtasks": entries})


def _placements(question: Question) -> str:
    """Put each border of a question where it is now."""
    captions = (_BORDER.match(part) for part in question.content if isinstance(part, str))
    entries = [{"border": int(found[1]), "time": float(found[2])} for found in captions if found]
    return json.dumps({"borders": entries})


def _last_time(question: Question) -> float:
    """Return the time of the last frame in a question, from the caption of its last image."""
    last = max((i for i, part in enumerate(question.content) if isinstance(part, Jpeg)), default=0)
    caption = question.content[max(last - 1, 0)]
    found = _CAPTION_END.search(caption) if isinstance(caption, str) else None
    return float(found[1]) if found else math.inf
