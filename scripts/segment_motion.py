"""Segment an episode by its robot's motion, without a model; the program of rule segment_motion.

A baseline: it sees that a hand closes, and not on what.
"""

import argparse
import logging

from subtasks import files, program
from subtasks.errors import Problem
from subtasks.motion.labels import label_motion
from subtasks.motion.options import parse_options, read_episode_state
from subtasks.segments import subtask_files
from subtasks.segments.segment import Segment, settle
from subtasks.wording import counted

log = logging.getLogger("subtasks")


def main() -> None:
    """Read the command line and the episode's state, write the subtasks."""
    options = parse_options(__doc__)
    try:
        found = _segments(options)
    except Problem as problem:
        if options.on_error == "stop":
            raise
        log.warning("the episode has no labels: %s", problem)
        found = []
    files.write_text(options.output, subtask_files.dump(found))
    log.info("%s", counted(len(found), "subtask"))
    for segment in found:
        log.info("%8.2f s  %s", segment.time, segment.subtask)


def _segments(options: argparse.Namespace) -> list[Segment]:
    state, names = read_episode_state(options)
    log.info("%d frames of %s", len(state), options.column)
    found = label_motion(state, names, options.fps)
    return settle(found, options.fps, len(state))


if __name__ == "__main__":
    program.run(main)
