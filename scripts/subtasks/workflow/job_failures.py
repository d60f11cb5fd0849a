"""Why a job has failed: as its program has said (see `subtasks.program`), or as can be seen."""

import json
import os
import re
import signal
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from subtasks import files, program
from subtasks.wording import one_line

_EXIT = re.compile(r"returned non-zero exit status (\d+)|died with <Signals\.\w+: (\d+)>")
# What Snakemake puts before the sentence of an error, and what it adds to one of its own.
_WHERE = re.compile(r"^\w+( in rule \w+)?( in file .*)?:?$")
_ERROR_OF_SYSTEM = re.compile(r"\w+(?:Error|Exception)?: \[Errno \d+\] (.+?)(?:: '(.*)')?")
_LAST_BYTES = 4096
_SHELLS_OWN = 128
"""A shell exits with this and the number of the signal that has killed its command."""


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


def forget(logs: Iterable[Path]) -> None:
    """Remove what earlier runs of these jobs have said.

    A job may die before its program starts, which would remove it.
    """
    for log in logs:
        with suppress(OSError):
            failure_file(log).unlink(missing_ok=True)


def explain(log: Path, said: str) -> str:
    """Say in one sentence why a job failed whose program has not said it.

    `said` is what Snakemake has printed about it, "" if nothing.
    """
    found = _EXIT.search(said)
    if found is None:
        return _own_sentence(said) or f"a job failed, see {log}"
    code = int(found[1] or 0)
    number = int(found[2] or 0) or (code - _SHELLS_OWN if code > _SHELLS_OWN else 0)
    if number:
        return _killed(number, log)
    if fault := _unwritable(log):
        return f"a job cannot write its log {log}: {fault}"
    if last := _last_line(log):
        return f"a job failed: {last}; see {log}"
    return f"a job failed with exit code {code} and said nothing, see {log}"


def met_a_full_disk(said: str) -> bool:
    """Whether what Snakemake has printed about a job shows that a disk is full."""
    found = _EXIT.search(said)
    texts = map(os.strerror, files.DISK_FULL)
    return bool(found and found[1] == str(program.EXIT_FULL)) or any(t in said for t in texts)


def without_traceback(text: str) -> str:
    """Return what Snakemake says about an error of the system as one sentence, others as they are.

    Without room, permission or a folder, Snakemake itself fails anywhere, with a traceback.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    found = _ERROR_OF_SYSTEM.fullmatch(lines[-1]) if lines else None
    if found is None or "Traceback (most recent call last)" not in text:
        return text
    where = f"{found[2]}: " if found[2] else ""
    return f"Snakemake cannot go on: {where}{found[1]}"


def _killed(number: int, log: Path) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"a job was ended by signal {number}, see {log}"
    if number == signal.SIGKILL:
        return (
            f"a job was killed ({name}), perhaps because the memory is full: run fewer jobs at "
            f"once, with --cores, or give them more memory; its log is {log}"
        )
    return f"a job was ended by a signal ({name}), see {log}"


def _unwritable(log: Path) -> str:
    """Say why a job could not write its log, so that its program was never started."""
    try:
        # Append, because what is there may be of this job.
        with log.open("ab"):
            return ""
    except OSError as error:
        return error.strerror or str(error)


def _last_line(log: Path) -> str:
    """Give the last line of a log, which in a traceback is the error."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _LAST_BYTES))
            lines = file.read().decode("utf-8", "replace").split("\n")
    except OSError:
        return ""
    return next((one_line(line) for line in reversed(lines) if line.strip()), "")


def _own_sentence(said: str) -> str:
    """Give the first sentence of an error of Snakemake's, without where it was raised."""
    for line in said.splitlines():
        if line.strip() and not _WHERE.match(line.strip()):
            return one_line(line)
    return ""
