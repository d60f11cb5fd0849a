"""Segment an episode by its robot's motion, without a model; the program of rule segment_motion.

A baseline: it sees that a hand closes, and not on what.
"""

import argparse
import logging

from subtasks import files, kinematics, motion_options, program, segments
from subtasks.problem import Problem, counted
from subtasks.segments import Segment

log = logging.getLogger("subtasks")


def main() -> None:
    """Read the command line and the episode's state, write the subtasks."""
    options = motion_options.parse(__doc__)
    try:
        found = _segments(options)
    except Problem as problem:
        if options.on_error == "stop":
            raise
        log.warning("the episode has no labels: %s", problem)
        found = []
    files.write_text(options.output, segments.dump(found))
    log.info("%s", counted(len(found), "subtask"))
    for segment in found:
        log.info("%8.2f s  %s", segment.time, segment.subtask)


def _segments(options: argparse.Namespace) -> list[Segment]:
    state, names = motion_options.state(options)
    log.info("%d frames of %s", len(state), options.column)
    found = kinematics.segment(state, names, options.fps)
    return segments.settle(found, options.fps, len(state))


if __name__ == "__main__":
    program.run(main)
