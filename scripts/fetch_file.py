"""Fetch a file of a dataset on the Hugging Face Hub; the program of rule fetch_file."""

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
    content: str
    output: Path


def main() -> None:
    """Fetch the file."""
    options = program.read_options(_parser(), Options)
    hub.fetch_file(options.source, options.path, options.content, options.output)
    log.info("%s: %d bytes", options.path, options.output.stat().st_size)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--source", type=Path, required=True, help="folder of the dataset's revision.json")
    add("--path", required=True, help="path of the file in the repo")
    add("--content", required=True, help="hash of the file's content on the Hub")
    add("--output", type=Path, required=True, help="file to write, on the same disk as --source")
    return parser


if __name__ == "__main__":
    program.run(main)
