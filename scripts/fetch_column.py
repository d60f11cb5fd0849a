"""Fetch columns of a data file on the Hugging Face Hub; the program of rule fetch_column."""

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

from subtasks import program
from subtasks.sources import hub_columns

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    source: Path
    path: str
    column: list[str]
    output: Path


def main() -> None:
    """Fetch the columns."""
    options = program.read_options(_parser(), Options)
    hub_columns.fetch(options.source, options.path, options.column, options.output)
    names = ", ".join(options.column)
    log.info("%s of %s: %d bytes", names, options.path, options.output.stat().st_size)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--source", type=Path, required=True, help="folder of the dataset's revision.json")
    add("--path", required=True, help="path of the data file in the repo")
    add(
        "--column", action="append", required=True, metavar="NAME", help="a column; may be repeated"
    )
    add("--output", type=Path, required=True, help="data file to write, with only these columns")
    return parser


if __name__ == "__main__":
    program.run(main)
