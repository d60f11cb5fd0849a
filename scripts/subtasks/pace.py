"""Keeping below the organisation's rate limits by what the API says is left of them."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime

KINDS = ("requests", "input-tokens", "output-tokens")
# With less than this share of a limit left, requests are spread over the time to its reset.
LITTLE = 0.2
LONGEST_WAIT_SECONDS = 60.0


def wait(headers: Mapping[str, str], now: float) -> float:
    """Seconds to let pass before the next request, by an answer's headers.

    Nothing while plenty is left; then more the less there is, up to the time to the reset.
    `now` is in seconds since 1970. Headers that are missing or make no sense count as plenty.
    """
    return max(_wait(headers, f"anthropic-ratelimit-{kind}", now) for kind in KINDS)


def _wait(headers: Mapping[str, str], name: str, now: float) -> float:
    try:
        limit = float(headers[f"{name}-limit"])
        remaining = float(headers[f"{name}-remaining"])
        reset = datetime.fromisoformat(headers[f"{name}-reset"])
        if reset.tzinfo is None:
            reset = reset.replace(tzinfo=UTC)
        left = remaining / limit
    except (KeyError, ValueError, ZeroDivisionError):
        return 0.0
    if left >= LITTLE:
        return 0.0
    seconds = min(max(reset.timestamp() - now, 0.0), LONGEST_WAIT_SECONDS)
    return seconds * (1 - left / LITTLE)


class Pace:
    """When the next request may start, by the latest answer."""

    def __init__(self) -> None:
        self._next = 0.0

    def heard(self, headers: Mapping[str, str]) -> None:
        """Take note of an answer's headers."""
        now = time.time()
        self._next = now + wait(headers, now)

    def pause(self) -> float:
        """Seconds from now to the next request."""
        return max(self._next - time.time(), 0.0)
