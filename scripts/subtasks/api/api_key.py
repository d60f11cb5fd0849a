"""Where the API key is found: in the environment, or in the file the environment names."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from subtasks.errors import Fatal

if TYPE_CHECKING:
    pass
KEY, KEY_FILE = "ANTHROPIC_API_KEY", "ANTHROPIC_API_KEY_FILE"


def read_key() -> str | None:
    """Key from the environment or the file that is named for it; None where there is neither."""
    if given := os.environ.get(KEY, "").strip():
        key, origin = given, KEY
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
    # It could not be sent, and the error about that would show it.
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise Fatal(f"{origin} holds characters that no key has")
    return key


def origin_of_key() -> str:
    """Where a person finds the key that was sent."""
    if os.environ.get(KEY, "").strip():
        return KEY
    path = os.environ.get(KEY_FILE)
    return f"{path}, which {KEY_FILE} names" if path else "the credentials in use"
