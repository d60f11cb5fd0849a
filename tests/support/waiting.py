"""Waiting for what other processes do."""

import time
from collections.abc import Callable

WAIT_SECONDS = 120
LOOK_SECONDS = 0.005


def wait_until(condition: Callable[[], object]) -> None:
    """Wait until a condition holds, for two minutes at most."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(LOOK_SECONDS)
