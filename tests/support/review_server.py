"""Starts scripts/review.py as a user does, and finds its address in what it prints."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from support.workflow import PROJECT

ADDRESS = re.compile(r"http://[^/\s]+:(\d+)/([\w-]+)/")


class ReviewServer:
    """The program in a folder with results; `address` is that of its page.

    It can be killed and started again, at the port that it had.
    """

    def __init__(
        self, folder: Path, environment: Mapping[str, str] | None = None, *options: str
    ) -> None:
        self.folder = folder
        self.environment = environment
        self.options = options
        self.port = 0
        self.address = ""
        self.printed: list[str] = []
        self.start()

    def __enter__(self) -> "ReviewServer":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def start(self) -> None:
        """Start the program; returns when it has printed its address."""
        program = PROJECT / "scripts" / "review.py"
        self._process = subprocess.Popen(
            [sys.executable, str(program), f"--port={self.port}", *self.options],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.printed.append(line)
            if found := ADDRESS.search(line):
                self.address, self.port = found[0], int(found[1])
                break
        else:
            raise AssertionError("".join(self.printed))
        # What it prints later must not fill the pipe.
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as printed:
            self.printed += printed

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, how)
        self._process.wait(timeout=60)
        self._reader.join()
