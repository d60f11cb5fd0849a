"""Fetch one column of a data file on the Hugging Face Hub; the program of rule fetch_column."""

import argparse
import logging
from pathlib import Path

from subtasks import program
from subtasks.sources import hub

log = logging.getLogger("subtasks")


def main() -> None:
    """Read the command line, fetch the column."""
    options = _options()
    hub.fetch_column(options.source, options.path, options.column, options.output)
    log.info("%s of %s: %d bytes", options.column, options.path, options.output.stat().st_size)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--source", type=Path, required=True, help="folder with the dataset's revision.json")
    add("--path", required=True, help="path of the data file in the repo")
    add("--column", required=True, help="name of the column")
    add("--output", type=Path, required=True, help="data file to write, with that column alone")
    return parser.parse_args()


if __name__ == "__main__":
    program.run(main)
