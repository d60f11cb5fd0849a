"""Find the times at which a robot's motion changes; the program of rule find_motion.

They are told to the model, or borders are moved to them.
"""

import logging
from dataclasses import asdict

from subtasks import files, kinematics, motion_options, program

log = logging.getLogger("subtasks")


def main() -> None:
    """Read the command line and the episode's state, write the times."""
    options = motion_options.parse(__doc__)
    state, names = motion_options.state(options)
    events = kinematics.events(state, names, options.fps)
    files.write_json(options.output, [asdict(event) for event in events])
    log.info("%d changes of motion in %d frames", len(events), len(state))


if __name__ == "__main__":
    program.run(main)
