"""Make an episode's subtasks from what was answered; the program of rule extract_subtasks.

Pure: no network, no chance. The same answer gives the same file.
"""

import argparse
import logging
from pathlib import Path

from subtasks import files, program
from subtasks.errors import Problem
from subtasks.questions.answers import EpisodeLimits, episode_subtasks, snap_to_motion
from subtasks.questions.guidance import Guidance
from subtasks.segments import subtask_files
from subtasks.segments.segment import Segment, Unusable
from subtasks.store import outcome_files
from subtasks.wording import counted

log = logging.getLogger("subtasks")


def main() -> None:
    """Read the command line and the outcome, write the subtasks."""
    options = _options()
    outcome = outcome_files.find(options.outcomes, options.episode)
    found: list[Segment] = []
    if outcome.answer is not None:
        rules = EpisodeLimits(options.fps, options.frames, Guidance.from_json(options.guidance))
        try:
            found, refused = episode_subtasks(outcome.answer, rules)
        except Unusable as unusable:
            _give_up(options, str(unusable))
        else:
            for reason in refused:
                log.warning("left out: %s", reason)
            if options.snap:
                times = [event["time"] for event in files.read_json(_motion(options))]
                found = snap_to_motion(found, times, options.snap, rules)
    else:
        _give_up(options, outcome.reason or "no reason was given")
    files.write_text(options.output, subtask_files.dump(found))
    log.info("%s", counted(len(found), "subtask"))
    for segment in found:
        log.info("%8.2f s  %s", segment.time, segment.subtask)


def _give_up(options: argparse.Namespace, reason: str) -> None:
    """Fail for an episode without labels, or go on without them, as the user decided."""
    sentence = f"{options.dataset} episode {options.episode:06d} has no labels: {reason}"
    if options.on_error == "stop":
        raise Problem(sentence)
    log.warning("%s", sentence)


def _motion(options: argparse.Namespace) -> Path:
    return options.motion / f"episode_{options.episode:06d}.json"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--outcomes", type=Path, required=True, help="outcomes file of the episode's batch")
    add("--dataset", required=True, help="name of the dataset, for messages")
    add("--episode", type=int, required=True, help="number of the episode")
    add("--frames", type=int, required=True, help="frames of the episode")
    add("--fps", type=float, required=True, help="frames a second of the episode")
    add("--guidance", default="{}", help="what the user says about the labels, as JSON")
    add("--motion", type=Path, help="folder of motion files, to move borders to")
    add("--snap", type=float, help="seconds a border moves at the most")
    add("--on-error", choices=("stop", "skip"), default="stop", help="for no usable answer")
    add("--output", type=Path, required=True, help="JSON file to write")
    return parser.parse_args()


if __name__ == "__main__":
    program.run(main)
