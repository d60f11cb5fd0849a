"""Foreign texts as parts of an HTML file, in which they are text and never markup."""

import html
import re

from subtasks.wording import shorten_text

MAX_TEXT = 300
"""Characters of a text that is shown."""

# Marks and overrides of the direction of writing: they would turn around what stands beside them.
_DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_HIDDEN = re.compile(rf"[\x00-\x1f\x7f-\x9f{_DIRECTIONS}\u2028\u2029\ud800-\udfff\ufffe\uffff]")

_WHITE_SPACE = re.compile(r"[ \t\r\n]+")


def text(value: str, limit: int = MAX_TEXT) -> str:
    """Return a text as HTML, for an element or the quoted value of an attribute.

    White space is folded. Characters that a browser would obey and not show are written as
    Python writes them. What is longer than `limit` characters is cut.
    """
    spaced = _WHITE_SPACE.sub(" ", value).strip(" ")
    # Cut before as well: each of many hidden characters takes six when it is shown.
    return html.escape(shorten_text(_HIDDEN.sub(_shown, spaced[: limit + 1]), limit))


def _shown(match: re.Match[str]) -> str:
    number = ord(match[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
