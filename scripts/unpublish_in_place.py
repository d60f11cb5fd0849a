"""Restore what publishing in place replaced; the program of rule unpublish_in_place."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from subtasks import program
from subtasks.publish import in_place, report
from subtasks.wording import counted


@dataclass(frozen=True)
class Options:
    """The command line."""

    source: Path
    output: Path


def main() -> None:
    """Restore the source dataset and report what was done."""
    options = program.read_options(_parser(), Options)
    change = in_place.unpublish(options.source)
    sentence = f"nothing was published into {options.source}"
    if change.restored:
        sentence = f"restored {counted(change.restored, 'file')} of {options.source}"
    report.write(sentence, options.output)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--source", type=Path, required=True, help="folder of the source dataset")
    add("--output", type=Path, required=True, help="text file for a sentence on what was done")
    return parser


if __name__ == "__main__":
    program.run(main)
