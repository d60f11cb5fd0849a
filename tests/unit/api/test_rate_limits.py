"""Requests are spaced by what the API says is left of the rate limits."""

import asyncio
import math
import time
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.api.rate_limits import MAX_SPACING_SECONDS, SLOW_DOWN_BELOW, RateLimiter, spacing

NOW = 1_800_000_000.0
USAGE = {"input_tokens": 10_000, "output_tokens": 500, "cache_read_input_tokens": 90_000}


def headers(
    kind: str, limit: object, remaining: object, seconds: float = 60.0, now: float = NOW
) -> dict[str, str]:
    name = f"anthropic-ratelimit-{kind}"
    full = datetime.fromtimestamp(now + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {f"{name}-limit": str(limit), f"{name}-remaining": str(remaining), f"{name}-reset": full}


def test_plenty_is_no_reason_to_wait() -> None:
    for kind in ("requests", "input-tokens", "output-tokens"):
        assert spacing(headers(kind, 1000, 1000 * SLOW_DOWN_BELOW), USAGE, NOW) == 0
    assert spacing({}, USAGE, NOW) == 0


def test_requests_come_as_fast_as_the_limit_fills() -> None:
    """Ninety of a hundred come back in 45 s, so one in half a second; half of what is little
    is left, so it is half as fast."""
    found = spacing(headers("requests", 100, SLOW_DOWN_BELOW * 50, 45), USAGE, NOW)
    assert found == pytest.approx(2 * 45 / 90)


def test_tokens_count_as_they_were_used() -> None:
    one = spacing(headers("input-tokens", 1_000_000, 100_000, 54), USAGE, NOW)
    assert one == pytest.approx(2 * 10_000 * 54 / 900_000)
    more = USAGE | {"cache_creation_input_tokens": 10_000}
    two = spacing(headers("input-tokens", 1_000_000, 100_000, 54), more, NOW)
    assert two == pytest.approx(2 * one)
    output = spacing(headers("output-tokens", 10_000, 1_000, 54), USAGE, NOW)
    assert output == pytest.approx(2 * 500 * 54 / 9_000)


def test_the_scarcest_limit_decides() -> None:
    both = headers("requests", 100, 10) | headers("output-tokens", 10_000, 0)
    assert spacing(both, USAGE, NOW) == spacing(headers("output-tokens", 10_000, 0), USAGE, NOW)


@given(st.integers(1, 10_000), st.floats(1, 60))
def test_the_less_is_left_the_longer_the_wait(limit: int, seconds: float) -> None:
    shares = (SLOW_DOWN_BELOW, SLOW_DOWN_BELOW / 2, SLOW_DOWN_BELOW / 4, 0.0)
    waits = [
        spacing(headers("requests", limit, share * limit, seconds), USAGE, NOW) for share in shares
    ]
    for less, more in pairwise(waits):
        assert less <= more <= MAX_SPACING_SECONDS


@pytest.mark.parametrize("number", ["", "nan", "inf", "-inf", "-5", "0", "1e400", "ten", "1" * 400])
@pytest.mark.parametrize(
    "reset",
    ["", "soon", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+00:00", "2026-13-01", "1800000060"],
)
def test_hostile_headers_stop_nothing(number: str, reset: str) -> None:
    name = "anthropic-ratelimit-requests"
    for limit, remaining in ((number, "1"), ("1000", number), (number, number)):
        said = {f"{name}-limit": limit, f"{name}-remaining": remaining, f"{name}-reset": reset}
        assert 0 <= spacing(said, USAGE, NOW) <= MAX_SPACING_SECONDS


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=40))
def test_any_headers_give_a_time(limit: str, remaining: str, reset: str) -> None:
    name = "anthropic-ratelimit-input-tokens"
    said = {f"{name}-limit": limit, f"{name}-remaining": remaining, f"{name}-reset": reset}
    found = spacing(said, USAGE, NOW)
    assert math.isfinite(found)
    assert 0 <= found <= MAX_SPACING_SECONDS


def test_a_time_without_a_zone_is_utc() -> None:
    said = headers("requests", 100, 0)
    bare = {name: value.removesuffix("Z") for name, value in said.items()}
    assert spacing(bare, USAGE, NOW) == spacing(said, USAGE, NOW) > 0


def test_a_limit_that_is_full_again_holds_nobody_back() -> None:
    assert spacing(headers("requests", 100, 0, seconds=-1), USAGE, NOW) == 0


def test_requests_that_wait_start_one_by_one() -> None:
    async def starts() -> list[float]:
        limiter = RateLimiter()
        begun: list[float] = []

        async def request() -> None:
            await limiter.wait_turn()
            begun.append(time.monotonic())

        await asyncio.gather(*(request() for _ in range(20)))
        assert max(begun) - min(begun) < 1  # no limit is known, so none waits
        limiter.note_headers(headers("requests", 10_000, 0, now=time.time()))  # 0.12 s apart
        await asyncio.gather(*(request() for _ in range(3)))
        return begun[-4:]

    for before, after in pairwise(asyncio.run(starts())):
        assert after - before >= 0.09


def test_good_news_ends_a_wait() -> None:
    async def wait() -> None:
        limiter = RateLimiter()
        await limiter.wait_turn()
        limiter.note_headers(headers("requests", 1, 0, now=time.time()))
        waiting = asyncio.create_task(limiter.wait_turn())
        await asyncio.sleep(0.1)
        assert not waiting.done()
        limiter.note_headers({})
        await asyncio.wait_for(waiting, 10)

    asyncio.run(wait())
