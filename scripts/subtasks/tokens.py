"""How many input tokens a question has: about, by the published formulas, and at the most."""

import json
import math
import re
from collections.abc import Iterable

from subtasks.question import Jpeg, Question

PIXELS_PER_TOKEN = 750
# Longest edge, in pixels, an image is shrunk to, and the most tokens it then has.
LONG_EDGE, MAX_IMAGE_TOKENS = 1568, 1600
LARGE_LONG_EDGE, LARGE_MAX_IMAGE_TOKENS = 2576, 4800
CHARACTERS_PER_TOKEN = 3.5

# The API's other published formula counts squares of that many pixels, begun ones whole.
PATCH = 28
# The most takes the larger formula and so much again, and what may be told to the model to make
# its answer follow a schema.
IMAGE_SAFETY = 1.25
HIDDEN_TOKENS = 1000

_SEES_LARGE = re.compile(r"opus-4-[7-9]|(opus|sonnet|fable|haiku)-[5-9]")

_THINKS_UNASKED = re.compile(r"(opus|sonnet|fable|haiku)-[5-9]")

# A shorter beginning of a question is not kept in the prompt cache.
_LEAST_CACHED = (
    (re.compile(r"opus-4-[56]|haiku-4-5"), 4096),
    (re.compile(r"opus-4-7"), 2048),
    (re.compile(r"(opus|sonnet|fable|haiku)-[5-9]"), 512),
)
LEAST_CACHED = 1024


def of_image(model: str, width: int, height: int) -> int:
    """Tokens of an image of `width` by `height` pixels."""
    width, height, limit = _seen(model, width, height)
    return min(limit, math.ceil(width * height / PIXELS_PER_TOKEN))


def most_of_image(model: str, width: int, height: int) -> int:
    """Tokens that an image never has more of."""
    across, down, limit = _seen(model, width, height)
    patches = min(limit, math.ceil(across / PATCH) * math.ceil(down / PATCH))
    return math.ceil(IMAGE_SAFETY * max(patches, of_image(model, width, height)))


def of_text(text: str) -> int:
    """Tokens of a text."""
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)


def of_content(model: str, content: Iterable[str | Jpeg]) -> int:
    """Tokens of texts and images."""
    return sum(
        of_text(part) if isinstance(part, str) else of_image(model, part.width, part.height)
        for part in content
    )


def of_schema(question: Question) -> int:
    """Tokens of the form an answer has to have; the API puts them before everything else."""
    return 0 if question.schema is None else of_text(_written(question.schema))


def of_question(question: Question) -> int:
    """Tokens of everything that goes in."""
    return of_schema(question) + of_content(question.model, question.content)


def least_cached(model: str) -> int:
    """Tokens from which on the prompt cache keeps the beginning of a question."""
    return next((least for name, least in _LEAST_CACHED if name.search(model)), LEAST_CACHED)


def thinks_unasked(model: str) -> bool:
    """Say whether a model thinks, which counts as output, without being asked to."""
    return _THINKS_UNASKED.search(model) is not None


def most(question: Question) -> int:
    """Tokens a question never has more of, whatever its language.

    A text has no more tokens than bytes.
    """
    content = sum(
        len(part.encode())
        if isinstance(part, str)
        else most_of_image(question.model, part.width, part.height)
        for part in question.content
    )
    return content + len(_written(question.schema).encode()) + HIDDEN_TOKENS


def _seen(model: str, width: int, height: int) -> tuple[int, int, int]:
    """Size to which the model shrinks an image, and the most tokens it then has."""
    edge, limit = (
        (LARGE_LONG_EDGE, LARGE_MAX_IMAGE_TOKENS)
        if _SEES_LARGE.search(model)
        else (LONG_EDGE, MAX_IMAGE_TOKENS)
    )
    shrink = min(1.0, edge / max(width, height))
    return round(width * shrink), round(height * shrink), limit


def _written(schema: object) -> str:
    return json.dumps(schema, ensure_ascii=False)
