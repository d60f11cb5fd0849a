"""Collect the labels of all episodes of a dataset for the review page."""

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

from subtasks import program
from subtasks.review import gathering, overview_file
from subtasks.review.gathering import Sources
from subtasks.wording import counted

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Options(Sources):
    """The command line."""

    output: Path


def main() -> None:
    """Write the overview."""
    options = program.read_options(_parser(), Options)
    found = gathering.overview(options)
    overview_file.write(options.output, found)
    failed = sum(each.failure is not None for each in found.episodes)
    log.info("%s, %d of them without labels", counted(len(found.episodes), "episode"), failed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    gathering.add_arguments(parser)
    parser.add_argument("--output", type=Path, required=True, help="JSON file to write")
    return parser


if __name__ == "__main__":
    program.run(main)
