"""The file that says what unifying the labels of a dataset has taken; the labels lie elsewhere."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from subtasks import files
from subtasks.errors import Problem
from subtasks.questions.outcome import Exchange
from subtasks.store.outcome_files import is_exchange


@dataclass(frozen=True, slots=True)
class Unification:
    """The questions behind a dataset's vocabulary, of this run and of earlier ones.

    `remarks` are sentences a person should read.
    """

    exchanges: tuple[Exchange, ...] = ()
    remarks: tuple[str, ...] = ()


def write(path: Path, unification: Unification) -> None:
    """Write the file, the whole of it or nothing."""
    files.write_json(path, asdict(unification))


def read(path: Path) -> Unification:
    """Read the file. Raises `Problem` for one that is damaged."""
    stored = files.read_json(path)
    try:
        exchanges = tuple(Exchange(**each) for each in stored["exchanges"])
        remarks = tuple(stored["remarks"])
        _check(exchanges, remarks)
    except (TypeError, KeyError, ValueError):
        raise Problem(f"{path} is damaged: remove it and run again") from None
    return Unification(exchanges, remarks)


def _check(exchanges: Iterable[Exchange], remarks: Iterable[object]) -> None:
    """Raise `ValueError` if a value has another type."""
    if not (all(map(is_exchange, exchanges)) and all(isinstance(each, str) for each in remarks)):
        raise ValueError
