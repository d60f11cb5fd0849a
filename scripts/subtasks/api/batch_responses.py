"""What the API says about a batch as a whole: a batch, or an error that concerns all of it."""

import contextlib
import json
import math
import re
from collections.abc import Awaitable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from subtasks.api.errors import classify_error, not_the_claude_api
from subtasks.errors import Problem

if TYPE_CHECKING:
    import anthropic
    from anthropic.types.messages import MessageBatch

BATCH_ID = re.compile(r"(?!intent-|\.)[\w.:=+~@-]{1,200}", re.ASCII)
"""An id becomes the name of a file."""

UNREADABLE = (ValueError, RecursionError, AttributeError)
"""What the SDK raises about a body that is no JSON, too deep, or no object."""

COUNTS = ("processing", "succeeded", "errored", "canceled", "expired")


async def checked(request: Awaitable[Any]) -> "MessageBatch":
    """Wait for a batch. Raises `Fatal` if the endpoint sends anything else."""
    try:
        batch: MessageBatch = await request
    except UNREADABLE:
        raise not_the_claude_api() from None
    check(batch)
    return batch


def check(batch: Any) -> None:
    """Raise `Fatal` for what no API shows as a batch."""
    # The SDK accepts whatever comes with a status of success.
    batch_id, counts = getattr(batch, "id", None), getattr(batch, "request_counts", None)
    if not (
        isinstance(batch_id, str)
        and BATCH_ID.fullmatch(batch_id)
        and _is_moment(getattr(batch, "created_at", None))
        and isinstance(getattr(batch, "processing_status", None), str)
        and all(isinstance(getattr(counts, name, None), int) for name in COUNTS)
    ):
        raise not_the_claude_api()


def _is_moment(value: Any) -> bool:
    try:
        return isinstance(value, datetime) and math.isfinite(value.timestamp())
    except (ValueError, OverflowError, OSError):
        return False


@contextlib.contextmanager
def as_api_problem(model: str = "") -> Iterator[None]:
    """Turn what the SDK raises about a whole batch into a `Problem`."""
    import anthropic

    try:
        yield
    except anthropic.APIError as error:
        raise as_problem(error, model) from None
    except json.JSONDecodeError:
        raise not_the_claude_api() from None


def as_problem(error: "anthropic.APIError", model: str) -> Problem:
    """Say what an error means for a whole batch."""
    meaning = classify_error(error, model)
    return meaning if isinstance(meaning, Problem) else Problem(f"a batch failed: {meaning}")


def size(batch: "MessageBatch") -> int:
    """Count the requests of a batch."""
    return sum(getattr(batch.request_counts, name) for name in COUNTS)
