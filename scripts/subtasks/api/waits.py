"""The waits that the API asks for: said on the terminal when long, refused when too long.

The SDK waits as long as a response says, were it a month, and in silence.
"""

import email.utils
import logging
import math
import time
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from subtasks import job_messages
from subtasks.api.redaction import quote
from subtasks.errors import Fatal

if TYPE_CHECKING:
    import anthropic

MIN_REPORTED_SECONDS = 60.0
"""Longer waits are said on the terminal."""

SHARED_LIMIT = (429, 503, 529)
"""Statuses by which the API asks everybody to wait, not one question."""

REPEATED = (408, 409, 429)
"""Statuses below 500 after which the SDK sends a request again."""

MAX_SHOWN_SECONDS = 400 * 86400.0

log = logging.getLogger("subtasks")


def asked_wait(headers: Mapping[str, str], now: float) -> float | None:
    """Return for how many seconds the headers of a response ask to wait.

    None where they do not ask for it, or not in a way that can be understood. `now` is in seconds
    since 1970. They may name milliseconds, seconds or a date, of which the first that can be read
    counts.
    """
    for name, seconds in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            wait = float(headers[name]) * seconds
        except (KeyError, ValueError):
            continue
        return wait if wait > 0 else None
    try:
        date = email.utils.parsedate_tz(headers["retry-after"])
        wait = email.utils.mktime_tz(date) - now if date else 0.0
    except (KeyError, ValueError, OverflowError, TypeError, IndexError):
        return None
    return wait if wait > 0 else None


def format_wait(seconds: float) -> str:
    """Format a wait: `90 s`, `12 min`, `5 h`, `3 days`."""
    if seconds < 120:
        return f"{math.ceil(seconds)} s"
    if seconds < 2 * 3600:
        return f"{math.ceil(seconds / 60)} min"
    if seconds < 2 * 86400:
        return f"{math.ceil(seconds / 3600)} h"
    if seconds < MAX_SHOWN_SECONDS:
        return f"{math.ceil(seconds / 86400)} days"
    return "more than a year"


class WaitLimiter:
    """Middleware of the SDK's client that sees to the waits between the attempts of a request."""

    def __init__(self, max_wait: float, max_retries: int) -> None:
        self._max_wait = max_wait
        self._max_retries = max_retries
        self._reported_until = -math.inf

    async def __call__(
        self, request: "anthropic.APIRequest", call_next: "anthropic.AsyncCallNext"
    ) -> "anthropic.AsyncAPIResponse[Any]":
        """Pass a response on. Raises `Fatal` if it asks everybody to wait longer than allowed."""
        response = await call_next(request)
        if not _is_repeated(response.status_code, response.headers):
            return response
        now = time.time()
        wait = asked_wait(response.headers, now)
        # The SDK would fail with an error of its own on a date that no calendar has.
        for name in ("retry-after-ms", "retry-after"):
            response.headers.pop(name, None)
        if wait is None:
            return response
        if wait > self._max_wait:
            if response.status_code in SHARED_LIMIT:
                reason = f"{response.status_code}: {await _message(response)}"
                raise self._too_long(wait, reason, now)
            response.headers["x-should-retry"] = "false"
            return response
        response.headers["retry-after"] = f"{wait:.3f}"
        if wait > MIN_REPORTED_SECONDS and request.retries_taken < self._max_retries:
            self._report(wait, response.status_code, now)
        return response

    def _report(self, wait: float, status: int, now: float) -> None:
        """Say that a request waits, once for all that wait for the same time."""
        if now + wait <= self._reported_until + MIN_REPORTED_SECONDS:
            return
        self._reported_until = now + wait
        line = (
            f"the Claude API asks to wait {format_wait(wait)} ({status}): going on at "
            f"{_clock(now + wait, now)}"
        )
        log.warning("%s", line)
        job_messages.send(line)

    def _too_long(self, wait: float, reason: str, now: float) -> Fatal:
        when = f" at {_clock(now + wait, now)}" if wait < MAX_SHOWN_SECONDS else ""
        return Fatal(
            f"the Claude API asks to wait {format_wait(wait)} ({reason}), and claude.max_wait "
            f"allows {format_wait(self._max_wait)}: run again{when or ' later'}, or raise "
            "claude.max_wait"
        )


def _clock(at: float, now: float) -> str:
    """Format a local time, with the date if it is not today's."""
    then = datetime.fromtimestamp(min(at, now + MAX_SHOWN_SECONDS))
    same_day = then.date() == datetime.fromtimestamp(now).date()
    return then.strftime("%H:%M" if same_day else "%Y-%m-%d %H:%M")


def _is_repeated(status: int, headers: Mapping[str, str]) -> bool:
    """Say whether the SDK would send a request again after such a response."""
    match headers.get("x-should-retry"):
        case "true":
            return True
        case "false":
            return False
    return status in REPEATED or status >= 500


async def _message(response: "anthropic.AsyncAPIResponse[Any]") -> str:
    """Return what a response says, in one line."""
    import json

    from subtasks.api.errors import error_message

    body = await response.read()
    try:
        message = error_message(json.loads(body))
    except (ValueError, RecursionError):
        message = ""
    return quote(message or body[:1000].decode("utf-8", "replace")) or "no reason given"
