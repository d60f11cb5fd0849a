"""What jobs tell the run that started them while they wait: their own output goes to their logs.

The run makes a named pipe and names it in the environment its jobs inherit. So only jobs on the
same machine are heard, and whoever tells something never waits for a listener.
"""

import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

PIPE = "SUBTASKS_NEWS"


def listen(folder: Path, say: Callable[[str], None]) -> None:
    """Say each line that is told from now on, in a thread that ends with the process."""
    path = folder / "news"
    os.mkfifo(path)
    os.environ[PIPE] = str(path)
    # For writing too, or it would end whenever no job has it open.
    lines = os.fdopen(os.open(path, os.O_RDWR))

    def hear() -> None:
        for line in lines:
            say(line.rstrip("\n"))

    threading.Thread(target=hear, daemon=True).start()


def tell(line: str) -> None:
    """Tell the run a line; nobody may be there to hear it."""
    path = os.environ.get(PIPE)
    if path is None:
        return
    with contextlib.suppress(OSError):
        pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        try:
            os.write(pipe, f"{line}\n".encode())
        finally:
            os.close(pipe)
