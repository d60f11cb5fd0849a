"""Episodes that have not been sampled and answers that have not been given, as they usually are.

Costs are reckoned from them. All that is assumed stands at the top.
"""

import json
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from subtasks import sampling, sheets, tokens
from subtasks.archive import Image, Manifest
from subtasks.conversation import DESCRIBE, RELABEL
from subtasks.guidance import Guidance
from subtasks.plan import Config
from subtasks.prices import Capacity
from subtasks.question import Jpeg, Question

# Lengths and rates are those of teleoperated pick-and-place recordings.
SECONDS_PER_SUBTASK = {"phases": 2.0, "events": 5.0}
NOTES_PER_SUBTASK = 1.5
LABELS = (
    "lift the yellow bottle and carry it to the right",
    "close the right hand around the yellow bottle",
)
NOTE = "the right hand closes around the yellow bottle, which stands upright on the table"
HINTS_PER_SECOND = 1.0
HINT = "the right arm begins to move"
BYTES_PER_PIXEL = {"sheet": 0.2, "frame": 0.11}
USUAL_SIZE = (640, 480)
# Thinking is part of the output. Without an effort only some models think, as if it were high.
THINKING_TOKENS = {"low": 500, "medium": 1500, "high": 4000, "max": 8000}
UNASKED_EFFORT = "high"


# Episodes -------------------------------------------------------------------------------------


def settings(sample: Config) -> dict[str, Any]:
    """What the manifest of an archive says of its sampling when it is made with these settings."""
    layouts = {"sheet": sample["sheet"], "frame": {"frame_width": sample["frame"]["width"]}}
    return {
        "fps": sample["fps"],
        "layout": sample["layout"],
        "jpeg_quality": sample["jpeg_quality"],
        **layouts[sample["layout"]],
        **({} if sample["window"] else {"max_frames": sample["max_frames"]}),
    }


def manifest(length: int, fps: float, size: tuple[int, int], sample: Config) -> Manifest:
    """Manifest of the archive that an episode of `length` frames will have."""
    times = array("d", (frame / fps for frame in range(length)))
    limit = length + 1 if sample["window"] else sample["max_frames"]
    samples = sampling.choose(times, sample["fps"], limit)
    return Manifest(
        video="",
        codec=None,
        width=size[0],
        height=size[1],
        fps=fps,
        frames=length,
        duration=length / fps,
        sampling={**settings(sample), "rate": samples.rate},
        images=tuple(_images([times[i] for i in samples.indices], size, sample)),
    )


def _images(times: Sequence[float], size: tuple[int, int], sample: Config) -> Iterator[Image]:
    if sample["layout"] == "frame":
        width, height = sheets.fitted(*size, sample["frame"]["width"])
        yield from (Image("", width, height, (time,)) for time in times)
        return
    sheet = sample["sheet"]
    tile = sheets.fitted(*size, sheet["tile_width"])
    step = sheet["columns"] * sheet["rows"]
    for first in range(0, len(times), step):
        shown = tuple(times[first : first + step])
        yield Image("", *sheets.sheet_size(tile, sheet["columns"], len(shown)), shown)


def blank(manifest: Manifest) -> list[tuple[Image, bytes]]:
    """Images of a manifest with as many bytes as JPEGs of their size usually have."""
    each = BYTES_PER_PIXEL[manifest.sampling["layout"]]
    return [(image, _zeros(round(image.width * image.height * each))) for image in manifest.images]


@lru_cache(maxsize=64)
def _zeros(count: int) -> bytes:
    return bytes(count)


def hints(duration: float) -> list[tuple[float, str]]:
    """Changes of the robot's motion in an episode of `duration` seconds."""
    return [(i / HINTS_PER_SECOND, HINT) for i in range(round(duration * HINTS_PER_SECOND))]


# Answers --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Habits:
    """How a model usually answers: a subtask every so many seconds, and its tokens of output.

    `output` has the mean of each pass as it was measured, over `episodes`; where it has none,
    the length of the imagined answer counts, and `thinking` tokens besides.
    """

    seconds_per_subtask: float
    thinking: int = 0
    output: Mapping[str, float] = field(default_factory=dict)
    episodes: int = 0


def thinking(capacity: Capacity, effort: str | None) -> int:
    """Tokens that a model thinks before it answers."""
    if effort is None and not capacity.thinks:
        return 0
    return THINKING_TOKENS[effort or UNASKED_EFFORT]


@dataclass(frozen=True, slots=True)
class Model:
    """A model that answers questions about one episode, of `duration` seconds and `images`."""

    capacity: Capacity
    habits: Habits
    guidance: Guidance
    duration: float
    images: int

    def answer(self, question: Question) -> tuple[str, int]:
        """Give the text of an answer and the tokens it takes."""
        seen = sum(isinstance(part, Jpeg) for part in question.content) / self.images
        step = max(self.habits.seconds_per_subtask, self.guidance.min_segment)
        count = max(1, round(self.duration / step))
        count = min(count, self.guidance.max_segments or count)
        labels = self.guidance.vocabulary or LABELS
        told = 1.0
        if question.purpose == RELABEL:
            text = json.dumps({"subtask": labels[0]})
        elif question.purpose == DESCRIBE:
            text = self._list(round(NOTES_PER_SUBTASK * count * seen), (NOTE,))
        else:
            # Those of the whole episode; a window's answer has only what is seen in it, which
            # is one subtask at the least.
            text, told = self._list(count, labels), max(seen, 1 / count)
        usual = tokens.of_text(text) * told + self.habits.thinking
        output = self.habits.output.get(question.purpose, usual)
        return text, min(question.max_tokens, round(output))

    def _list(self, count: int, labels: Sequence[str]) -> str:
        entries = [
            {"time": round(self.duration * i / count, 2), "subtask": labels[i % len(labels)]}
            for i in range(count)
        ]
        return json.dumps({"subtasks": entries})
