"""Find the times at which a robot's motion changes; the program of rule find_motion.

They are told to the model, or borders are moved to them.
"""

import argparse
import logging
from dataclasses import asdict

from subtasks import files, program
from subtasks.errors import Problem
from subtasks.motion.labels import Event, motion_events
from subtasks.motion.options import parse_options, read_episode_state

log = logging.getLogger("subtasks")


def main() -> None:
    """Read the command line and the episode's state, write the times."""
    options = parse_options(__doc__)
    try:
        events = _events(options)
    except Problem as problem:
        if options.on_error == "stop":
            raise
        log.warning("nothing is known of the episode's motion: %s", problem)
        events = []
    files.write_json(options.output, [asdict(event) for event in events])
    log.info("%d changes of motion", len(events))


def _events(options: argparse.Namespace) -> list[Event]:
    state, names = read_episode_state(options)
    log.info("%d frames of %s", len(state), options.column)
    return motion_events(state, names, options.fps)


if __name__ == "__main__":
    program.run(main)
