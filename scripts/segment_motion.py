"""Segment an episode by its robot's motion, without a model; the program of rule segment_motion.

A baseline: it sees that a hand closes, but not on what.
"""

import logging
from collections.abc import Sequence

import numpy as np

from subtasks import files, program
from subtasks.motion.labels import label_motion
from subtasks.motion.limbs import Limb
from subtasks.motion.options import from_state, read_options
from subtasks.segments import subtask_files
from subtasks.segments.segment import Segment, settle
from subtasks.wording import counted

log = logging.getLogger("subtasks")


def main() -> None:
    """Write the subtasks; an empty list for an episode that is skipped."""
    options = read_options(__doc__, may_stop=True)
    found = from_state(options, _segments, "the episode has no labels")
    files.write_text(options.output, subtask_files.dump(found))
    log.info("%s", counted(len(found), "subtask"))
    for segment in found:
        log.info("%8.2f s  %s", segment.time, segment.subtask)


def _segments(state: np.ndarray, limbs: Sequence[Limb], fps: float) -> list[Segment]:
    return settle(label_motion(state, limbs, fps), fps, len(state))


if __name__ == "__main__":
    program.run(main)
