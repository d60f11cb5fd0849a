"""The organisation's rate limits: token buckets and the headers that report them."""

import math
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from servers.claude.errors import ApiError


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one model family per minute; a minute lasts `minute` seconds."""

    requests: int = 4_000
    input_tokens: int = 20_000_000
    output_tokens: int = 4_000_000
    minute: float = 60.0


@dataclass(slots=True)
class _Bucket:
    """Refills continuously up to `size`; output can overdraw it, since it is counted afterwards."""

    size: int
    minute: float
    level: float
    seen: float

    def refill(self, now: float) -> None:
        gained = (now - self.seen) * self.size / self.minute
        self.level = min(self.size, self.level + gained)
        self.seen = now

    def seconds_until(self, level: float) -> float:
        return max(0.0, (level - self.level) * self.minute / self.size)


class RateLimiter:
    """Takes from each model family's buckets, or says how long to wait."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._families: dict[str, dict[str, _Bucket]] = {}
        self._lock = threading.Lock()

    def take(self, family: str, input_tokens: int) -> None:
        """Take one request and its input; raises a 429 with a retry-after header."""
        with self._lock:
            buckets = self._refilled(family)
            needed = {"requests": 1, "input-tokens": input_tokens, "output-tokens": 1}
            for kind, amount in needed.items():
                bucket = buckets[kind]
                if bucket.level < amount:
                    wait = bucket.seconds_until(min(amount, bucket.size))
                    raise ApiError(
                        "rate_limit_error",
                        f"This request would exceed your organization's rate limit of "
                        f"{bucket.size:,} {kind.replace('-', ' ')} per minute.",
                        {"retry-after": f"{math.ceil(wait * 1000) / 1000:g}"},
                    )
            buckets["requests"].level -= 1
            buckets["input-tokens"].level -= input_tokens

    def spend_output(self, family: str, tokens: int) -> None:
        """Take the output of an answer, whose size is known only afterwards."""
        with self._lock:
            self._refilled(family)["output-tokens"].level -= tokens

    def headers(self, family: str) -> dict[str, str]:
        """Return the headers: limit, remainder and time of reset, for each kind."""
        headers = {}
        with self._lock:
            for kind, bucket in self._refilled(family).items():
                full = datetime.fromtimestamp(time.time() + bucket.seconds_until(bucket.size), UTC)
                name = f"anthropic-ratelimit-{kind}"
                headers[f"{name}-limit"] = str(bucket.size)
                headers[f"{name}-remaining"] = str(max(0, int(bucket.level)))
                headers[f"{name}-reset"] = full.strftime("%Y-%m-%dT%H:%M:%SZ")
        return headers

    def _refilled(self, family: str) -> dict[str, _Bucket]:
        now = time.monotonic()
        if family not in self._families:
            sizes = {
                "requests": self._limits.requests,
                "input-tokens": self._limits.input_tokens,
                "output-tokens": self._limits.output_tokens,
            }
            self._families[family] = {
                kind: _Bucket(size, self._limits.minute, size, now) for kind, size in sizes.items()
            }
        for bucket in self._families[family].values():
            bucket.refill(now)
        return self._families[family]
