"""How many input tokens a question has, by the published formulas."""

import math
import re

PIXELS_PER_TOKEN = 750
# Longest edge, in pixels, an image is shrunk to, and the most tokens it then has.
LONG_EDGE, MAX_IMAGE_TOKENS = 1568, 1600
LARGE_LONG_EDGE, LARGE_MAX_IMAGE_TOKENS = 2576, 4800
CHARACTERS_PER_TOKEN = 3.5

_SEES_LARGE = re.compile(r"opus-4-[7-9]|(opus|sonnet|fable|haiku)-[5-9]")


def of_image(model: str, width: int, height: int) -> int:
    """Tokens of an image of `width` by `height` pixels."""
    large = _SEES_LARGE.search(model)
    edge, most = (
        (LARGE_LONG_EDGE, LARGE_MAX_IMAGE_TOKENS) if large else (LONG_EDGE, MAX_IMAGE_TOKENS)
    )
    shrink = min(1.0, edge / max(width, height))
    return min(most, math.ceil(round(width * shrink) * round(height * shrink) / PIXELS_PER_TOKEN))


def of_text(text: str) -> int:
    """Tokens of a text, about."""
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)
