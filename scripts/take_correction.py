"""Take an episode's subtasks as a person wrote them; the program of rule take_correction."""

import argparse
import logging
from pathlib import Path

from subtasks import files, program
from subtasks.segments import subtask_files
from subtasks.wording import counted

log = logging.getLogger("subtasks")


def main() -> None:
    """Check the correction and write it where an annotator's labels would be."""
    options = _options()
    found = subtask_files.load(options.correction)
    files.write_text(options.output, subtask_files.dump(found))
    log.info("%s, from %s", counted(len(found), "subtask"), options.correction)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--correction", type=Path, required=True, help="JSON file that a person wrote")
    add("--output", type=Path, required=True, help="JSON file to write")
    return parser.parse_args()


if __name__ == "__main__":
    program.run(main)
