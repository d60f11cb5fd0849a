"""Take an episode's subtasks from a person's file; the program of rule take_correction."""

import argparse
import logging
from dataclasses import dataclass, replace
from pathlib import Path

from subtasks import files, program
from subtasks.segments import subtask_files
from subtasks.wording import counted

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    correction: Path
    frames: int | None
    fps: float | None
    output: Path


def main() -> None:
    """Check the correction and write it as an annotator would write its labels."""
    options = program.read_options(_parser(), Options)
    found = subtask_files.load(options.correction)
    if options.frames and options.fps:
        found = subtask_files.on_frames(options.correction, found, options.fps, options.frames)
    # A file that was copied from a result may name the model's words; these are a person's.
    labels = [replace(each, original=None) for each in found]
    files.write_text(options.output, subtask_files.dump(labels))
    log.info("%s, from %s", counted(len(found), "subtask"), options.correction)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--correction", type=Path, required=True, help="JSON file that a person wrote")
    add("--frames", type=int, help="frames of the episode, to check that no subtask is beyond")
    add("--fps", type=float, help="frames per second of the episode")
    add("--output", type=Path, required=True, help="JSON file to write")
    return parser


if __name__ == "__main__":
    program.run(main)
