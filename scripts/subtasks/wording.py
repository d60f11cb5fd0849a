"""Wording that messages share: counts, and foreign values and texts cut to a bounded length."""

import json

MAX_VALUE = 60
"""Characters of a value in a message."""

MAX_LINE = 300
"""Characters of somebody else's sentence, such as the text of an error, in a message."""


def counted(number: int, noun: str) -> str:
    """Count things in a sentence: `1 file`, `2,000 files`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def shorten_text(text: str, limit: int = MAX_VALUE) -> str:
    """Cut a text to `limit` characters, the last of them an ellipsis where something is cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def shorten(value: object) -> str:
    """Show a value as Python writes it, in at most `MAX_VALUE` characters."""
    return shorten_text(repr(value))


def shorten_json(value: object) -> str:
    """Show a value as JSON, in at most `MAX_VALUE` characters, whatever its size and depth.

    What JSON does not have is shown as text, and characters outside ASCII are escaped: nothing
    in a value can change how a terminal shows the message.
    """
    text = ""
    # Piece by piece: encoding all of a deeply nested value could exceed Python's stack.
    for piece in json.JSONEncoder(default=str, skipkeys=True).iterencode(value):
        text += piece
        if len(text) > MAX_VALUE:
            break
    return shorten_text(text)


def one_line(text: str, limit: int = MAX_LINE) -> str:
    """Fold a text into one line of at most `limit` characters."""
    return shorten_text(" ".join(text.split()), limit)


def first_line(error: BaseException, limit: int = MAX_LINE) -> str:
    """Give the first line of an error's text, or the name of its type where it has none."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return shorten_text(lines[0], limit)
