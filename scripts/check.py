"""Print which episodes of each dataset to look at first, and why; the program of rule check."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from subtasks import program
from subtasks.checks import check_file, report


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    checks: list[Path]
    most: int


def main() -> None:
    """Print a list for each dataset."""
    options = program.read_options(_parser(), Options)
    parts = [
        report.listing(path.parent.name, check_file.read(path), options.most)
        for path in options.checks
    ]
    print("\n\n".join(parts))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--checks", type=Path, nargs="+", required=True, help="findings: <dataset>/checks.json")
    add("--most", type=int, default=30, help="episodes of a dataset, at most (%(default)s)")
    return parser


if __name__ == "__main__":
    program.run(main)
