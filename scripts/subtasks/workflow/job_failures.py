"""Why a job has failed, as its program has said (see `subtasks.program`)."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a program failed, in a sentence, and whether others of the run would fail as well."""

    reason: str
    fatal: bool


def failure_file(log: Path) -> Path:
    """Where the program with this log says why it failed."""
    return log.with_name(f"{log.name}.json")


def read_failure(log: Path) -> Failure | None:
    """Read why the program with this log failed; None where it did not say, as after a kill."""
    try:
        stored = json.loads(failure_file(log).read_text(encoding="utf-8"))
        return Failure(str(stored["reason"]), bool(stored["fatal"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
