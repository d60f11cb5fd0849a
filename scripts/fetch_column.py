"""Fetch one column of a data file on the Hugging Face Hub; the program of rule fetch_column."""

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

from subtasks import program
from subtasks.sources import hub

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    source: Path
    path: str
    column: str
    output: Path


def main() -> None:
    """Fetch the column."""
    options = program.read_options(_parser(), Options)
    hub.fetch_column(options.source, options.path, options.column, options.output)
    log.info("%s of %s: %d bytes", options.column, options.path, options.output.stat().st_size)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--source", type=Path, required=True, help="folder of the dataset's revision.json")
    add("--path", required=True, help="path of the data file in the repo")
    add("--column", required=True, help="name of the column")
    add("--output", type=Path, required=True, help="data file to write, with only that column")
    return parser


if __name__ == "__main__":
    program.run(main)
