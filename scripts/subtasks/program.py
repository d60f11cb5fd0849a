"""What every program under scripts/ does around its `main()`: options, logging, exit codes."""

import argparse
import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from subtasks import fast_imports, files
from subtasks.errors import DiskFull, Fatal, Problem

FAILURE_FILE = "SUBTASKS_FAILURE"
"""Environment variable that names the file in which a program says why it failed."""

EXIT_PROBLEM, EXIT_FATAL, EXIT_FULL, EXIT_INTERRUPTED = 1, 3, 4, 130

T = TypeVar("T")

log = logging.getLogger("subtasks")


def read_options(parser: argparse.ArgumentParser, kind: type[T]) -> T:
    """Read the command line into a dataclass whose fields are named like the options."""
    return kind(**vars(parser.parse_args()))


def run(main: Callable[[], None]) -> None:
    """Run `main()` and exit: 0 when it returns, 1 after a `Problem` or an I/O error.

    The exit code is 3 after a `Fatal`, and 4 where a disk is full.

    Log lines go to standard error, which the rules send to the job's log file. The reason of a
    failure also goes to the file that `FAILURE_FILE` names, where the run looks for it. Anything
    that is neither a `Problem` nor an `OSError` is a bug and keeps its traceback.
    """
    logging.basicConfig(
        format="%(asctime)s %(levelname)s %(message)s",
        datefmt="%Y-%m-%d %H:%M:%S",
    )
    # The SDK reports its retries; the HTTP client below it would report every request.
    for name in ("subtasks", "anthropic"):
        logging.getLogger(name).setLevel(logging.INFO)
    # On a full disk a line that cannot be written says nothing more in a traceback.
    logging.raiseExceptions = False
    fast_imports.hide_pandas()
    # That of an earlier try says nothing about this one.
    if path := os.environ.get(FAILURE_FILE):
        with suppress(OSError):
            Path(path).unlink(missing_ok=True)
    try:
        main()
    except Problem as problem:
        _fail(str(problem), _exit_code(problem))
    except OSError as error:
        # The second name is that of the file which something was copied to.
        where = error.filename2 or error.filename or "input/output"
        code = EXIT_FULL if error.errno in files.DISK_FULL else EXIT_PROBLEM
        _fail(f"{where}: {error.strerror or error}", code)
    except UnicodeEncodeError as error:
        # A library that takes no path whose bytes are no text.
        if "/" not in error.object:
            raise
        path = error.object.encode("utf-8", "backslashreplace").decode()
        _fail(f"{path} has bytes that are not UTF-8: rename the folder", EXIT_PROBLEM)
    except MemoryError:
        _fail("the memory is full: run fewer jobs at once, with --cores", EXIT_PROBLEM)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)


def _exit_code(problem: Problem) -> int:
    if isinstance(problem, Fatal):
        return EXIT_FATAL
    return EXIT_FULL if isinstance(problem, DiskFull) else EXIT_PROBLEM


def _fail(reason: str, code: int) -> None:
    fatal = code == EXIT_FATAL
    # The name of a file may have bytes that are no text.
    reason = reason.encode("utf-8", "backslashreplace").decode()
    log.log(logging.CRITICAL if fatal else logging.ERROR, "%s", reason)
    if path := os.environ.get(FAILURE_FILE):
        # On a full disk there is no room for the reason either; the exit code remains.
        with suppress(Problem, OSError):
            files.write_json(Path(path), {"reason": reason, "fatal": fatal})
    sys.exit(code)
