"""The API key: read from the environment, or from a file that the environment names."""

import os
from pathlib import Path

from subtasks.errors import Fatal

KEY, KEY_FILE = "ANTHROPIC_API_KEY", "ANTHROPIC_API_KEY_FILE"


def read_key() -> str | None:
    """Return the key, or None if neither variable is set.

    Raises `Fatal` for a file that cannot be read or is empty, and for a key that no HTTP header
    can hold.
    """
    if key := os.environ.get(KEY, "").strip():
        origin = KEY
    elif path := os.environ.get(KEY_FILE):
        origin = f"{KEY_FILE} names {path}, which"
        try:
            key = Path(path).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, RuntimeError, UnicodeDecodeError):
            raise Fatal(f"{origin} cannot be read") from None
        if not key:
            raise Fatal(f"{origin} is empty")
    else:
        return None
    # Sending it would fail with an error that quotes it.
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise Fatal(f"{origin} contains characters that no API key has")
    return key


def origin_of_key() -> str:
    """Name the setting that a person has to check when the key is rejected."""
    if os.environ.get(KEY, "").strip():
        return KEY
    path = os.environ.get(KEY_FILE)
    return f"{path}, which {KEY_FILE} names" if path else "the credentials in use"
