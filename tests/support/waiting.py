"""Waiting for other processes."""

import time
from collections.abc import Callable

WAIT_SECONDS = 120
LOOK_SECONDS = 0.005


def wait_until(condition: Callable[[], object]) -> None:
    """Wait until a condition holds; fails after two minutes."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "timed out"
        time.sleep(LOOK_SECONDS)
