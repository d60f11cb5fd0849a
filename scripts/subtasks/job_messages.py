"""Short messages from jobs to the run that started them, shown while the jobs still wait.

A job's own output goes to its log file. For what a user should see at once, the run makes a named
pipe, whose path its jobs inherit in an environment variable. It reaches jobs on the same machine
only, and sending never blocks.
"""

import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

PIPE = "SUBTASKS_MESSAGES"
"""Environment variable with the path of the pipe."""


def listen(folder: Path, show: Callable[[str], None]) -> None:
    """Show each line that jobs send from now on, in a thread that ends with the process.

    The pipe is made in `folder`.
    """
    path = folder / "messages"
    os.mkfifo(path)
    os.environ[PIPE] = str(path)
    # Opened for writing too: a pipe without a writer is at its end.
    lines = os.fdopen(os.open(path, os.O_RDWR))

    def forward() -> None:
        for line in lines:
            show(line.rstrip("\n"))

    threading.Thread(target=forward, daemon=True).start()


def send(line: str) -> None:
    """Send a line to the run; it is lost where no run listens or the pipe is full."""
    path = os.environ.get(PIPE)
    if path is None:
        return
    with contextlib.suppress(OSError):
        pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        try:
            os.write(pipe, f"{line}\n".encode())
        finally:
            os.close(pipe)
