"""Staying below the organisation's rate limits, by what the API says is left of them.

A limit refills continuously. While little of it is left, requests are spaced so that they use
it at the rate at which it refills, and more slowly the less there is. That way several jobs that
know nothing of each other settle where together they use what refills.
"""

import asyncio
import math
import time
from collections.abc import Mapping
from datetime import UTC, datetime

# Requests are spaced while less than this share of a limit is left.
SLOW_DOWN_BELOW = 0.2
# Below this share, they are not spaced any further.
FLOOR = 0.01
MAX_SPACING_SECONDS = 60.0
# How long a waiting request takes to notice that the limits have changed.
NOTICE_SECONDS = 0.5


def spacing(headers: Mapping[str, str], usage: Mapping[str, int], now: float) -> float:
    """Return the seconds from one request to the next.

    `headers` are those of the latest response, `usage` the tokens one request uses, and `now` is
    in seconds since 1970. A limit whose headers are missing or invalid is not considered.
    """
    used = {
        "requests": 1,
        # Tokens read from the cache do not count.
        "input-tokens": usage.get("input_tokens", 0) + usage.get("cache_creation_input_tokens", 0),
        "output-tokens": usage.get("output_tokens", 0),
    }
    return max(_spacing(headers, kind, amount, now) for kind, amount in used.items())


def _spacing(headers: Mapping[str, str], kind: str, used: int, now: float) -> float:
    name = f"anthropic-ratelimit-{kind}"
    try:
        limit = float(headers[f"{name}-limit"])
        left = max(float(headers[f"{name}-remaining"]), 0.0)
        full = datetime.fromisoformat(headers[f"{name}-reset"])
        # Without a time zone, it would be interpreted as local time.
        seconds = (full if full.tzinfo else full.replace(tzinfo=UTC)).timestamp() - now
    except (KeyError, ValueError, OverflowError):
        return 0.0
    if not (0 < limit < math.inf and left < SLOW_DOWN_BELOW * limit and seconds > 0):
        return 0.0
    at_refill_rate = used * seconds / (limit - left)
    return min(at_refill_rate * SLOW_DOWN_BELOW / max(left / limit, FLOOR), MAX_SPACING_SECONDS)


class RateLimiter:
    """Lets requests start one by one, at the rate the latest response allows."""

    def __init__(self) -> None:
        self._queue = asyncio.Lock()
        self._started = -math.inf
        self._spacing = 0.0
        self._usage: Mapping[str, int] = {}

    def note_headers(self, headers: Mapping[str, str]) -> None:
        """Take the limits from the headers of a response, whatever its status."""
        self._spacing = spacing(headers, self._usage, time.time())

    def note_usage(self, usage: Mapping[str, int]) -> None:
        """Assume that the next request will use as many tokens as this reply did."""
        self._usage = usage

    async def wait_turn(self) -> None:
        """Wait until one more request may start."""
        async with self._queue:
            while (pause := self._started + self._spacing - time.monotonic()) > 0:
                await asyncio.sleep(min(pause, NOTICE_SECONDS))
            self._started = time.monotonic()
