"""What is said to the model around the images: the prompt's text and the captions."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from subtasks.archive import Image
from subtasks.problem import Problem
from subtasks.question import Jpeg

MAX_PROMPT_BYTES = 1 << 20

_FIELD = re.compile(r"\{(task|fps|duration)\}")

SUBTASKS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "subtasks": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"time": {"type": "number"}, "subtask": {"type": "string"}},
                "required": ["time", "subtask"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["subtasks"],
    "additionalProperties": False,
}


def read(path: Path) -> str:
    """Read a prompt file; raises `Problem` for one that is empty or no text."""
    try:
        data = path.read_bytes()
        text = data.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise Problem(f"the prompt {path} is no UTF-8 text") from None
    if not text or len(data) > MAX_PROMPT_BYTES:
        raise Problem(f"the prompt {path} is empty or larger than {MAX_PROMPT_BYTES >> 20} MB")
    return text


def fill(template: str, *, task: str, rate: float, duration: float) -> str:
    """Put task, frames a second and seconds into a prompt.

    One pass and no format string: a prompt may hold JSON, a task may hold braces.
    """
    values = {
        "task": task or "(not stated)",
        "fps": f"{rate:.3g}",
        "duration": f"{duration:.2f}",
    }
    return _FIELD.sub(lambda match: values[match[1]], template)


def captioned(layout: str, images: Iterable[tuple[Image, bytes]]) -> Iterator[str | Jpeg]:
    """Interleave images with the times they show: a sheet its first and last, a frame its own."""
    for number, (image, data) in enumerate(images, 1):
        if layout == "sheet":
            yield f"Sheet {number}: {image.times[0]:.2f} s to {image.times[-1]:.2f} s"
        else:
            yield f"t = {image.times[0]:.2f} s"
        yield Jpeg(data)
