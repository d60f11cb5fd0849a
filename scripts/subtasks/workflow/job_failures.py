"""Why a job has failed, for the run that started it."""

import logging
import re
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger("subtasks")

_FAILED = re.compile(r"^\S+ \S+ (ERROR|CRITICAL) (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a program failed, in a sentence, and whether others of the run would fail as well."""

    reason: str
    fatal: bool


def failure(logged: Path) -> Failure | None:
    """Read from its log why a program failed; None where the log does not tell."""
    try:
        found = _FAILED.findall(logged.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None
    return Failure(found[-1][1], found[-1][0] == "CRITICAL") if found else None
