"""Segment an episode by its robot's motion, without a model; the program of rule segment_motion.

A baseline: it sees that a hand closes, and not on what.
"""

import logging

from subtasks import files, kinematics, motion_options, program, segments

log = logging.getLogger("subtasks")


def main() -> None:
    """Read the command line and the episode's state, write the subtasks."""
    options = motion_options.parse(__doc__)
    state, names = motion_options.state(options)
    found = kinematics.segment(state, names, options.fps)
    settled = segments.settle(found, options.fps, len(state))
    files.write_text(options.output, segments.dump(settled))
    log.info("%d subtasks in %d frames of %s", len(settled), len(state), options.column)
    for segment in settled:
        log.info("%8.2f s  %s", segment.time, segment.subtask)


if __name__ == "__main__":
    program.run(main)
