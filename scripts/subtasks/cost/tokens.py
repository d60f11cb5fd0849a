"""How many input tokens a question has: an estimate by the published formulas, and a maximum."""

import json
import math
from collections.abc import Iterable

from subtasks.cost.capacity import Capacity
from subtasks.questions.question import Jpeg, Question

PIXELS_PER_TOKEN = 750
CHARACTERS_PER_TOKEN = 3.5

PATCH = 28
"""Pixels of a side of the squares that the API's other published formula counts.

A square that an image fills only in part counts in full.
"""

# The maximum takes the larger formula and adds a margin, and room for the instructions by which
# the API makes an answer follow a schema.
IMAGE_SAFETY = 1.25
HIDDEN_TOKENS = 1000


def of_image(image: Jpeg, capacity: Capacity) -> int:
    """Return the tokens of an image."""
    width, height = _shrunk_size(image, capacity)
    return min(capacity.image_tokens, math.ceil(width * height / PIXELS_PER_TOKEN))


def max_of_image(image: Jpeg, capacity: Capacity) -> int:
    """Return a number of tokens that an image never exceeds."""
    width, height = _shrunk_size(image, capacity)
    patches = min(capacity.image_tokens, math.ceil(width / PATCH) * math.ceil(height / PATCH))
    return math.ceil(IMAGE_SAFETY * max(patches, of_image(image, capacity)))


def of_text(text: str) -> int:
    """Return the tokens of a text."""
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)


def of_content(content: Iterable[str | Jpeg], capacity: Capacity) -> int:
    """Return the tokens of texts and images."""
    return sum(
        of_text(part) if isinstance(part, str) else of_image(part, capacity) for part in content
    )


def of_schema(question: Question) -> int:
    """Return the tokens of the schema of the answer, which the API puts before everything else."""
    return 0 if question.schema is None else of_text(_json(question.schema))


def of_question(question: Question, capacity: Capacity) -> int:
    """Return the tokens of all that is sent."""
    return of_schema(question) + of_content(question.content, capacity)


def max_of_question(question: Question, capacity: Capacity) -> int:
    """Return a number of tokens that a question never exceeds, in any language."""
    content = sum(
        # A text has no more tokens than bytes.
        _bytes(part) if isinstance(part, str) else max_of_image(part, capacity)
        for part in question.content
    )
    return content + _bytes(_json(question.schema)) + HIDDEN_TOKENS


def _shrunk_size(image: Jpeg, capacity: Capacity) -> tuple[int, int]:
    """Return the width and height in pixels to which the model shrinks an image."""
    scale = min(1.0, capacity.long_edge / max(image.width, image.height))
    return round(image.width * scale), round(image.height * scale)


def _json(schema: object) -> str:
    return json.dumps(schema, ensure_ascii=False)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
