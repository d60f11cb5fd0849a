"""The API key: read from the environment, or from a file that the environment names."""

import os
from pathlib import Path

from subtasks.errors import Fatal

KEY, KEY_FILE = "ANTHROPIC_API_KEY", "ANTHROPIC_API_KEY_FILE"
TOKEN = "ANTHROPIC_AUTH_TOKEN"
HEADERS = "ANTHROPIC_CUSTOM_HEADERS"

NO_KEY = (
    f"there is no key for the Claude API: set {KEY}, or set {KEY_FILE} to a file that contains "
    "it, and run again"
)


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
        except (OSError, RuntimeError, ValueError):
            raise Fatal(f"{origin} cannot be read") from None
        if not key:
            raise Fatal(f"{origin} is empty")
    else:
        return None
    return _sendable(key, origin)


def read_token() -> str | None:
    """Return the token that stands in for a key, or None if there is none.

    Raises `Fatal` for a token that no HTTP header can hold.
    """
    token = os.environ.get(TOKEN, "").strip()
    return _sendable(token, TOKEN) if token else None


def missing_key(provider: str) -> str | None:
    """Say what is wrong with the key, in one sentence; None if there is one that can be sent.

    The SDK is not imported. Whatever it accepts counts as a key: a token, headers of the user's
    own, a profile, an identity from elsewhere. Other providers than anthropic have credentials of
    their own, which are not looked for.
    """
    if provider != "anthropic":
        return None
    try:
        found = read_key() or read_token()
    except Fatal as unusable:
        return str(unusable)
    return None if found or _has_header() or _has_identity() or _has_profile() else NO_KEY


def origin_of_key() -> str:
    """Name the setting that a person has to check when the key is rejected."""
    if os.environ.get(KEY, "").strip():
        return KEY
    if path := os.environ.get(KEY_FILE):
        return f"{path}, which {KEY_FILE} names"
    return TOKEN if os.environ.get(TOKEN, "").strip() else "the credentials in use"


def _sendable(key: str, origin: str) -> str:
    # Sending it would fail with an error that quotes it.
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise Fatal(f"{origin} contains characters that no API key has")
    return key


def _has_header() -> bool:
    """Say whether a header of the user's own stands in for a key."""
    for line in os.environ.get(HEADERS, "").split("\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() in ("x-api-key", "authorization") and value.strip():
            return True
    return False


def _has_identity() -> bool:
    """Say whether the SDK can exchange an identity token for a key."""
    names = ("ANTHROPIC_FEDERATION_RULE_ID", "ANTHROPIC_ORGANIZATION_ID")
    tokens = ("ANTHROPIC_IDENTITY_TOKEN", "ANTHROPIC_IDENTITY_TOKEN_FILE")
    return all(map(os.environ.get, names)) and any(map(os.environ.get, tokens))


def _has_profile() -> bool:
    """Say whether the SDK finds a profile; one that is broken gets the SDK's own sentence."""
    if os.environ.get("ANTHROPIC_PROFILE") or os.environ.get("ANTHROPIC_CONFIG_DIR"):
        return True
    try:
        folder = Path("~/.config/anthropic").expanduser()
        return (folder / "active_config").exists() or (folder / "configs/default.json").exists()
    except (OSError, RuntimeError):
        return False
