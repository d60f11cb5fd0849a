"""Print how well the subtask boundaries found agree with the true ones.

Both folders hold files episode_000017.json with [{"time": seconds, "subtask": text}, …].
Boundaries are paired one to one, the nearest first, where they are at most the tolerance
apart; an episode's start does not count.
"""

import argparse
import math
import re
from functools import reduce
from operator import add
from pathlib import Path

from subtasks import program
from subtasks.errors import Problem
from subtasks.segments import subtask_files
from subtasks.segments.agreement import Agreement, compare_boundaries

FILE_NAME = re.compile(r"episode_(\d+)\.json")
HEADINGS = ("episode", "truth", "found", "matched", "precision", "recall", "F1", "mean error")


def main() -> None:
    """Print a row for each episode that is in both folders, and one for all of them."""
    arguments = _arguments()
    found, truth = _files(arguments.found), _files(arguments.truth)
    common = sorted(found.keys() & truth.keys())
    if not common:
        raise Problem(f"{arguments.found} and {arguments.truth} have no episode in common")
    agreements = {
        str(episode): compare_boundaries(
            subtask_files.load(found[episode]),
            subtask_files.load(truth[episode]),
            arguments.tolerance,
        )
        for episode in common
    }
    print(f"Boundaries within {arguments.tolerance:g} s of the true ones\n")
    print(_table(agreements | {"all": reduce(add, agreements.values())}))
    if alone := sorted(found.keys() ^ truth.keys()):
        print(f"\nNot in both folders, so not compared: episodes {', '.join(map(str, alone))}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("found", type=Path, help="the folder with the subtasks found")
    parser.add_argument("truth", type=Path, help="the folder with the true subtasks")
    parser.add_argument(
        "--tolerance", type=float, default=0.5, metavar="SECONDS", help="(default: %(default)s)"
    )
    arguments = parser.parse_args()
    if not (math.isfinite(arguments.tolerance) and arguments.tolerance >= 0):
        parser.error(f"--tolerance is {arguments.tolerance}; it must be 0 or more seconds")
    return arguments


def _files(folder: Path) -> dict[int, Path]:
    """Find a folder's files by the number of their episode."""
    matches = [(FILE_NAME.fullmatch(path.name), path) for path in folder.iterdir()]
    return {int(match[1]): path for match, path in matches if match}


def _table(agreements: dict[str, Agreement]) -> str:
    rows = [HEADINGS, *(_row(name, agreement) for name, agreement in agreements.items())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    rule = "-" * len(lines[0])
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])


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
