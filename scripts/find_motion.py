"""Find the times at which a robot's motion changes; the program of rule find_motion.

The model is given them as hints.
"""

import logging
from dataclasses import asdict

from subtasks import files, program
from subtasks.motion.labels import motion_events
from subtasks.motion.options import from_state, read_options
from subtasks.wording import counted

log = logging.getLogger("subtasks")


def main() -> None:
    """Write the times; none for an episode whose state cannot be used."""
    options = read_options(__doc__, may_stop=False)
    events = from_state(options, motion_events, "the motion of this episode is unknown")
    files.write_json(options.output, [asdict(event) for event in events])
    log.info("%s of motion", counted(len(events), "change"))


if __name__ == "__main__":
    program.run(main)
