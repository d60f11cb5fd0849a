"""Fetch a file of a dataset on the Hugging Face Hub; the program of rule fetch_file."""

import argparse
import logging
from pathlib import Path

from subtasks import program
from subtasks.sources import hub

log = logging.getLogger("subtasks")


def main() -> None:
    """Read the command line, fetch the file."""
    options = _options()
    hub.fetch(options.source, options.path, options.content, options.output)
    log.info("%s: %d bytes", options.path, options.output.stat().st_size)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--source", type=Path, required=True, help="folder with the dataset's revision.json")
    add("--path", required=True, help="path of the file in the repo")
    add("--content", required=True, help="hash of its content, as the Hub names it")
    add("--output", type=Path, required=True, help="file to write, on the same disk as --source")
    return parser.parse_args()


if __name__ == "__main__":
    program.run(main)
