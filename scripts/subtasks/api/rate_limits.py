"""Keeping below the organisation's rate limits by what the API says is left of them.

A limit fills up again all the time. While little is left, requests are spaced so that they use
it as fast as it fills up, and the more slowly the less there is: several jobs that know nothing
of one another settle where together they use what comes in.
"""

import asyncio
import math
import time
from collections.abc import Mapping
from datetime import UTC, datetime

# With less than this share of a limit left, requests are spaced.
SLOW_DOWN_BELOW = 0.2
# Below this share less makes no difference.
FLOOR = 0.01
LONGEST_SECONDS = 60.0
# How long news about the limits may go unheard while a request waits.
LISTEN_SECONDS = 0.5


def spacing(headers: Mapping[str, str], usage: Mapping[str, int], now: float) -> float:
    """Seconds from one request to the next, by an answer's headers and what a request uses.

    `now` is in seconds since 1970. Headers that are missing or make no sense count as plenty.
    """
    used = {
        "requests": 1,
        # What is read from the cache does not count.
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
        # Without a time zone it would be taken for local time.
        seconds = (full if full.tzinfo else full.replace(tzinfo=UTC)).timestamp() - now
    except (KeyError, ValueError, OverflowError):
        return 0.0
    if not (0 < limit < math.inf and left < SLOW_DOWN_BELOW * limit and seconds > 0):
        return 0.0
    enough = used * seconds / (limit - left)
    return min(enough * SLOW_DOWN_BELOW / max(left / limit, FLOOR), LONGEST_SECONDS)


class RateLimiter:
    """Lets requests start one by one, as the latest answer allows."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._started = -math.inf
        self._spacing = 0.0
        self._usage: Mapping[str, int] = {}

    def heard(self, headers: Mapping[str, str]) -> None:
        """Take note of an answer's headers, be it a reply or a refusal."""
        self._spacing = spacing(headers, self._usage, time.time())

    def used(self, usage: Mapping[str, int]) -> None:
        """Take note of what a reply used: the next will use about as much."""
        self._usage = usage

    async def turn(self) -> None:
        """Wait until one more request may start."""
        async with self._turn:
            while (pause := self._started + self._spacing - time.monotonic()) > 0:
                await asyncio.sleep(min(pause, LISTEN_SECONDS))
            self._started = time.monotonic()
