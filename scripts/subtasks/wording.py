"""Wording that messages share: counts and short forms of foreign values."""

MAX_SHOWN = 60


def counted(number: int, noun: str) -> str:
    """Count things in a sentence: `1 file`, `2,000 files`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def shorten(value: object) -> str:
    """Show a foreign value in a sentence, short whatever its size."""
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
