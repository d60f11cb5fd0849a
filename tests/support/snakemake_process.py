"""Starts Snakemake, as forks of a process that has imported it where that makes no difference.

The import takes a second of CPU time, two thirds of what a dry run takes.
"""

import atexit
import itertools
import json
import os
import selectors
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

from support import snakemake_forks

COMMAND = Path(sys.executable).with_name("snakemake")
SAME = {"PATH": f"{COMMAND.parent}:/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
"""Variables that are the same for all runs, those with a process of their own excepted."""

FREE = frozenset(
    {
        *("HOME", "BASH_ENV"),
        *("ANTHROPIC_API_KEY", "ANTHROPIC_API_KEY_FILE", "ANTHROPIC_BASE_URL", "ANTHROPIC_LOG"),
        *("HF_ENDPOINT", "HF_HOME", "HF_HUB_DISABLE_XET", "HF_HUB_OFFLINE", "HF_TOKEN"),
    }
)
"""Variables that matter to nothing which is imported before a fork."""

OWN_PROCESSES = "SUBTASKS_OWN_PROCESSES"
"""Variable of the tester's that turns forks off."""

SERVERS = 2
"""Forks of one process order their sets alike. Two by turns let no run be as the one before it."""


class Fork:
    """A run in a fork, with what is needed of `subprocess.Popen`."""

    def __init__(
        self, command: list[str], cwd: Path, environment: dict[str, str], *, errors_apart: bool
    ) -> None:
        self.args = command
        self.returncode: int | None = None
        self._watcher, told = socket.socketpair()
        self._unread = b""
        output, for_output = os.pipe()
        errors, for_errors = os.pipe() if errors_apart else (None, os.dup(for_output))
        nothing = os.open(os.devnull, os.O_RDONLY)
        given = [nothing, for_output, for_errors, told.detach()]
        _servers.fork(given)
        for descriptor in given:
            os.close(descriptor)
        self.stdout: IO[str] = os.fdopen(output)
        self.stderr: IO[str] | None = None if errors is None else os.fdopen(errors)
        request = {"command": command, "cwd": str(cwd), "environment": environment}
        self._watcher.sendall(f"{json.dumps(request)}\n".encode())
        self.pid = int(self._line() or 0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end of the run; return its exit code."""
        if self.returncode is None:
            if not (line := self._line(timeout)):
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self.returncode = int(line)
            self._watcher.close()
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str | None]:
        """Read what is printed until the end; return it, and the errors if they are apart."""
        end = time.monotonic() + (1e9 if timeout is None else timeout)
        streams = [stream for stream in (self.stdout, self.stderr) if stream]
        read = {stream.fileno(): b"" for stream in streams}
        with selectors.DefaultSelector() as selector:
            for stream in streams:
                selector.register(stream, selectors.EVENT_READ)
            while selector.get_map():
                ready = selector.select(end - time.monotonic())
                if not ready:
                    raise subprocess.TimeoutExpired(self.args, timeout or 0)
                for key, _ in ready:
                    part = os.read(key.fd, 1 << 16)
                    read[key.fd] += part
                    if not part:
                        selector.unregister(key.fileobj)
        for stream in streams:
            stream.close()
        self.wait(max(0.0, end - time.monotonic()))
        texts = [text.decode().replace("\r\n", "\n").replace("\r", "\n") for text in read.values()]
        return texts[0], texts[1] if len(texts) > 1 else None

    def _line(self, timeout: float | None = None) -> bytes:
        """Return a line from the watcher of the run, nothing if there is none in time."""
        self._watcher.settimeout(timeout)
        while b"\n" not in self._unread:
            try:
                part = self._watcher.recv(64)
            except (TimeoutError, BlockingIOError):
                return b""
            if not part:
                raise RuntimeError(f"nobody knows how this ended: {self.args}")
            self._unread += part
        line, _, self._unread = self._unread.partition(b"\n")
        return line


def can_fork(environment: dict[str, str]) -> bool:
    """Whether a run in this environment is the same in a fork."""
    return (
        sys.platform == "linux"
        and OWN_PROCESSES not in os.environ
        and Path(_interpreter()).is_file()
        and environment.items() >= SAME.items()
        and environment.keys() <= SAME.keys() | FREE
    )


def fork(
    command: list[str], cwd: Path, environment: dict[str, str], *, errors_apart: bool = False
) -> Fork:
    """Run Snakemake in a fork, in a process group of its own."""
    assert command[0] == COMMAND.name
    return Fork([str(COMMAND), *command[1:]], cwd, environment, errors_apart=errors_apart)


def start(
    command: list[str], cwd: Path, environment: dict[str, str], *, errors_apart: bool = False
) -> subprocess.Popen[str]:
    """Start Snakemake as a user does, in a process group of its own."""
    return subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if errors_apart else subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _interpreter() -> str:
    """Return what the command's first line names, which may be no interpreter of Python's."""
    with COMMAND.open() as script:
        return script.readline().removeprefix("#!").strip()


class _Servers:
    """Processes that fork by turns, each started when it is needed first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._started: list[socket.socket] = []
        self._turns = itertools.cycle(range(SERVERS))

    def fork(self, descriptors: list[int]) -> None:
        with self._lock:
            turn = next(self._turns)
            if turn == len(self._started):
                self._started.append(_start_server())
            socket.send_fds(self._started[turn], [b"+"], descriptors)


def _start_server() -> socket.socket:
    control, given = socket.socketpair()
    with given:
        server = subprocess.Popen(
            [_interpreter(), snakemake_forks.__file__, str(given.fileno())],
            cwd=os.sep,
            # No home: what is found in one is not that of another run.
            env={**SAME, "HOME": "/nonexistent", **snakemake_forks.ONE_THREAD},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[given.fileno()],
        )
    if control.recv(len(snakemake_forks.READY)) != snakemake_forks.READY:
        raise RuntimeError(server.communicate()[1].decode())

    def end() -> None:
        control.close()
        server.communicate()

    atexit.register(end)
    return control


_servers = _Servers()
