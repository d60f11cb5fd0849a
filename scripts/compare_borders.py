"""Print how well the borders of found subtasks agree with the true ones.

Both folders hold files named episode_000017.json with [{"time": seconds, "subtask": text}, …].
Borders at most the tolerance apart are paired one to one, the nearest first. The start of an
episode is not a border.
"""

import argparse
import math
import re
from dataclasses import dataclass
from functools import reduce
from operator import add
from pathlib import Path

from subtasks import program
from subtasks.errors import Problem
from subtasks.segments import subtask_files
from subtasks.segments.agreement import Agreement, compare_borders
from subtasks.tables import format_table

FILE_NAME = re.compile(r"episode_([0-9]+)\.json")
HEADINGS = ("episode", "truth", "found", "matched", "precision", "recall", "F1", "mean error")


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    found: Path
    truth: Path
    tolerance: float


def main() -> None:
    """Print a row for each episode that is in both folders, and one for all together."""
    options = _options()
    found, truth = _files(options.found), _files(options.truth)
    common = sorted(found.keys() & truth.keys())
    if not common:
        raise Problem(f"{options.found} and {options.truth} have no episode in common")
    agreements = {
        str(episode): compare_borders(
            subtask_files.load(found[episode]),
            subtask_files.load(truth[episode]),
            options.tolerance,
        )
        for episode in common
    }
    print(f"Borders within {options.tolerance:g} s of the true ones\n")
    print(_table(agreements | {"all": reduce(add, agreements.values())}))
    if alone := sorted(found.keys() ^ truth.keys()):
        print(f"\nOnly in one folder, so not compared: episodes {', '.join(map(str, alone))}")


def _options() -> Options:
    parser = argparse.ArgumentParser(description=__doc__)
    add_argument = parser.add_argument
    add_argument("found", type=Path, help="folder with the subtasks that were found")
    add_argument("truth", type=Path, help="folder with the true subtasks")
    add_argument(
        "--tolerance", type=float, default=0.5, metavar="SECONDS", help="(default: %(default)s)"
    )
    options = program.read_options(parser, Options)
    if not (math.isfinite(options.tolerance) and options.tolerance >= 0):
        parser.error(f"--tolerance is {options.tolerance}; it must be 0 or more seconds")
    return options


def _files(folder: Path) -> dict[int, Path]:
    """Find the subtasks files in a folder, by episode number.

    Raises `Problem` if an episode has two.
    """
    found: dict[int, Path] = {}
    for path in sorted(folder.iterdir()):
        if match := FILE_NAME.fullmatch(path.name):
            other = found.setdefault(int(match[1]), path)
            if other != path:
                raise Problem(f"{other} and {path} are the same episode: remove one")
    return found


def _table(agreements: dict[str, Agreement]) -> str:
    rows = [HEADINGS, *(_row(name, agreement) for name, agreement in agreements.items())]
    return format_table(rows, align=">", lines_above=(1, len(rows) - 1))


def _row(name: str, agreement: Agreement) -> tuple[str, ...]:
    error = agreement.mean_error
    return (
        name,
        str(agreement.truth),
        str(agreement.found),
        str(agreement.matched),
        f"{agreement.precision:.2f}",
        f"{agreement.recall:.2f}",
        f"{agreement.f1:.2f}",
        "-" if error is None else f"{error:.2f} s",
    )


if __name__ == "__main__":
    program.run(main)
