"""The file that says which found labels mean the same as true ones, and what it took to ask."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from subtasks import files
from subtasks.errors import Problem
from subtasks.questions.outcome import Exchange
from subtasks.store.outcome_files import is_exchange


@dataclass(frozen=True, slots=True)
class JudgedLabels:
    """Whether the first label of a pair, a found one, means the same as the second, a true one.

    Labels are as they are written. `remarks` are sentences a person should read.
    """

    pairs: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    exchanges: tuple[Exchange, ...] = ()
    remarks: tuple[str, ...] = ()


def write(path: Path, judged: JudgedLabels) -> None:
    """Write the file, the whole of it or nothing."""
    pairs = [[found, true, same] for (found, true), same in sorted(judged.pairs.items())]
    exchanges = [asdict(each) for each in judged.exchanges]
    files.write_json(path, {"pairs": pairs, "exchanges": exchanges, "remarks": judged.remarks})


def read(path: Path) -> JudgedLabels:
    """Read the file. Raises `Problem` for one that is damaged."""
    stored = files.read_json(path)
    try:
        pairs = {(found, true): same for found, true, same in stored["pairs"]}
        exchanges = tuple(Exchange(**each) for each in stored["exchanges"])
        remarks = tuple(stored["remarks"])
    except (TypeError, KeyError, ValueError):
        raise _damaged(path) from None
    texts = [*remarks, *(label for pair in pairs for label in pair)]
    if not (
        all(isinstance(each, str) for each in texts)
        and all(isinstance(same, bool) for same in pairs.values())
        and all(map(is_exchange, exchanges))
    ):
        raise _damaged(path)
    return JudgedLabels(pairs, exchanges, remarks)


def _damaged(path: Path) -> Problem:
    return Problem(f"{path} is damaged: remove it and run again")
