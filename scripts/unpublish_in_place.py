"""Make a source what it was before its result took its place; the program of that rule."""

import argparse
import logging
from pathlib import Path

from subtasks import files, program
from subtasks.publish import in_place

log = logging.getLogger("subtasks")


def main() -> None:
    """Read the command line, put back what was replaced, write what was done."""
    options = _options()
    change = in_place.unpublish(options.source)
    said = f"nothing was published into {options.source}"
    if change.taken_back:
        said = f"{change.taken_back} files of {options.source} are again what they were"
    log.info("%s", said)
    files.write_text(options.output, said + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--source", type=Path, required=True, help="folder of the source dataset")
    add("--output", type=Path, required=True, help="file for a sentence on what was done")
    return parser.parse_args()


if __name__ == "__main__":
    program.run(main)
