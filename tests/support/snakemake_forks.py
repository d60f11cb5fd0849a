"""A program that imports Snakemake once and forks for each run: snakemake_forks.py DESCRIPTOR.

The descriptor is that of a socket. Over it come four more for each run: its standard input, output
and error, and a socket of its own. From that one the run reads a line of JSON with its `command`,
`cwd` and `environment`. Over it go a line with the number of its process, and one with its exit
code as `subprocess` has it. The program ends when the first socket is closed.

Nothing of the workflow is imported before the fork.
"""

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import re
import runpy
import socket
import sys
from pathlib import Path

PLUGIN = re.compile("snakemake_(executor|logger|report|scheduler|storage)_plugin_")
LATER = ("snakemake.report.html_reporter", "snakemake.storage", "jsonschema", "yte")
"""What Snakemake imports only when it needs it, which is in every run."""

DESCRIPTORS = 4
READY = b"!"
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""Variables of this program itself: other threads of NumPy and Arrow would not outlive a fork."""


def preload() -> dict[str, str]:
    """Import Snakemake, its plugins, and what these need; return variables that this has set."""
    before = dict(os.environ)
    importlib.import_module("snakemake.cli")
    plugins = [module.name for module in pkgutil.iter_modules() if PLUGIN.match(module.name)]
    for name in (*plugins, *LATER):
        importlib.import_module(name)
    return dict(os.environ.items() - before.items())


def wait_for_a_run() -> list[str]:
    """Fork for each run that is asked for; return its command, in the process of the run."""
    control = socket.socket(fileno=int(sys.argv[1]))
    imported = preload()
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "threads do not outlive a fork"
    # A collection in a fork would copy the memory of all modules.
    gc.collect()
    gc.freeze()
    control.sendall(READY)
    watchers: list[int] = []
    while True:
        asked, descriptors, *_ = socket.recv_fds(control, 1, DESCRIPTORS)
        watchers = [each for each in watchers if not os.waitpid(each, os.WNOHANG)[0]]
        if not asked:
            sys.exit()
        watcher = os.fork()
        if not watcher:
            control.close()
            return watched(descriptors, imported)
        for descriptor in descriptors:
            os.close(descriptor)
        watchers.append(watcher)


def watched(descriptors: list[int], imported: dict[str, str]) -> list[str]:
    """Fork once more, for the run, and return there; this process tells how that one ends."""
    *standard, told = descriptors
    run = os.fork()
    if not run:
        return become(standard, told, imported)
    for descriptor in standard:
        os.close(descriptor)
    _, status = os.waitpid(run, 0)
    # Nobody listens any more if the test was ended.
    with contextlib.suppress(OSError):
        os.write(told, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def become(standard: list[int], told: int, imported: dict[str, str]) -> list[str]:
    """Make this process what one would be that was started for the run; return its command."""
    os.setsid()
    with socket.socket(fileno=told) as tester, tester.makefile() as lines:
        request = json.loads(lines.readline())
        tester.sendall(f"{os.getpid()}\n".encode())
    for number, descriptor in enumerate(standard):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"] | imported)
    importlib.invalidate_caches()
    command: list[str] = request["command"]
    return command


if __name__ == "__main__":
    sys.argv = wait_for_a_run()
    sys.path[0] = str(Path(sys.argv[0]).resolve().parent)
    runpy.run_path(sys.argv[0], run_name="__main__")
