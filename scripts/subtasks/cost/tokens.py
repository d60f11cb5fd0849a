"""How many input tokens a question has: about, by the published formulas, and at the most."""

import json
import math
from collections.abc import Iterable

from subtasks.cost.capacity import Capacity
from subtasks.questions.question import Jpeg, Question

PIXELS_PER_TOKEN = 750
CHARACTERS_PER_TOKEN = 3.5

# The API's other published formula counts squares of that many pixels, begun ones whole.
PATCH = 28
# The most takes the larger formula and so much again, and what may be told to the model to make
# its answer follow a schema.
IMAGE_SAFETY = 1.25
HIDDEN_TOKENS = 1000


def of_image(image: Jpeg, capacity: Capacity) -> int:
    """Tokens of an image."""
    width, height = _seen(image, capacity)
    return min(capacity.image_tokens, math.ceil(width * height / PIXELS_PER_TOKEN))


def most_of_image(image: Jpeg, capacity: Capacity) -> int:
    """Tokens that an image never has more of."""
    width, height = _seen(image, capacity)
    patches = min(capacity.image_tokens, math.ceil(width / PATCH) * math.ceil(height / PATCH))
    return math.ceil(IMAGE_SAFETY * max(patches, of_image(image, capacity)))


def of_text(text: str) -> int:
    """Tokens of a text."""
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)


def of_content(content: Iterable[str | Jpeg], capacity: Capacity) -> int:
    """Tokens of texts and images."""
    return sum(
        of_text(part) if isinstance(part, str) else of_image(part, capacity) for part in content
    )


def of_schema(question: Question) -> int:
    """Tokens of the form an answer has to have; the API puts them before everything else."""
    return 0 if question.schema is None else of_text(_written(question.schema))


def of_question(question: Question, capacity: Capacity) -> int:
    """Tokens of everything that goes in."""
    return of_schema(question) + of_content(question.content, capacity)


def most(question: Question, capacity: Capacity) -> int:
    """Tokens a question never has more of, whatever its language.

    A text has no more tokens than bytes.
    """
    content = sum(
        len(part.encode()) if isinstance(part, str) else most_of_image(part, capacity)
        for part in question.content
    )
    return content + len(_written(question.schema).encode()) + HIDDEN_TOKENS


def _seen(image: Jpeg, capacity: Capacity) -> tuple[int, int]:
    """Width and height to which the model shrinks an image."""
    shrink = min(1.0, capacity.long_edge / max(image.width, image.height))
    return round(image.width * shrink), round(image.height * shrink)


def _written(schema: object) -> str:
    return json.dumps(schema, ensure_ascii=False)
