"""What every program under scripts/ does around its `main()`: logging, errors, exit codes."""

import logging
import sys
from collections.abc import Callable

from subtasks.errors import Fatal, Problem

log = logging.getLogger("subtasks")


class _WithoutPandas:
    """Lets nobody import pandas, as if it were not installed.

    Where it is, Arrow imports it to ask it about each list it is given: 0.2 s of processor time
    and 40 MB for nothing, since no program uses it.
    """

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)


def run(main: Callable[[], None]) -> None:
    """Run `main()` and exit: 0 when it returns, 1 after a `Problem` or an I/O error.

    Log lines go to standard error, which the rules send to the job's log file.
    Anything that is not a `Problem` or an `OSError` is a bug and keeps its traceback.
    """
    logging.basicConfig(
        format="%(asctime)s %(levelname)s %(message)s",
        datefmt="%Y-%m-%d %H:%M:%S",
    )
    # The SDK tells of its retries; the HTTP client below it would tell of every request.
    for name in ("subtasks", "anthropic"):
        logging.getLogger(name).setLevel(logging.INFO)
    sys.meta_path.insert(0, _WithoutPandas)
    try:
        main()
    except Problem as problem:
        log.log(logging.CRITICAL if isinstance(problem, Fatal) else logging.ERROR, "%s", problem)
        sys.exit(1)
    except OSError as error:
        # The second name is that of the file which something was copied to.
        where = error.filename2 or error.filename or "input/output"
        log.error("%s: %s", where, error.strerror or error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
