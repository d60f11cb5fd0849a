"""Make an episode's subtasks from the model's answer; the program of rule extract_subtasks.

It uses neither network nor randomness: the same answer gives the same file.
"""

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from subtasks import files, program
from subtasks.errors import Problem
from subtasks.questions.answers import Answer, EpisodeLimits, episode_subtasks
from subtasks.questions.guidance import Guidance
from subtasks.questions.outcome import Outcome
from subtasks.questions.refinement import Refinement, refine
from subtasks.segments import subtask_files, vocabulary_files
from subtasks.segments.segment import Segment, Unusable
from subtasks.store import outcome_files
from subtasks.wording import counted

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    outcomes: Path
    refined: Path | None
    dataset: str
    episode: int
    frames: int
    fps: float
    guidance: Path | None
    vocabulary: Path | None
    on_error: Literal["stop", "skip"]
    output: Path


def main() -> None:
    """Write the subtasks; an empty list for an episode without an answer that is skipped."""
    options = program.read_options(_parser(), Options)
    outcome = outcome_files.find(options.outcomes, options.episode)
    found: list[Segment] = []
    try:
        found = _subtasks(outcome, options)
    except Unusable as reason:
        sentence = f"{options.dataset} episode {options.episode:06d} has no labels: {reason}"
        if options.on_error == "stop":
            raise Problem(sentence) from None
        log.warning("%s", sentence)
    if options.vocabulary is not None:
        found = vocabulary_files.read(options.vocabulary).apply(found)
    files.write_text(options.output, subtask_files.dump(found))
    log.info("%s", counted(len(found), "subtask"))
    for segment in found:
        log.info("%8.2f s  %s", segment.time, segment.subtask)


def _subtasks(outcome: Outcome, options: Options) -> list[Segment]:
    """Return the subtasks of an answer, with their borders where a second look has seen them.

    Raises `Unusable` where one of the two answers is missing.
    """
    if not isinstance(outcome.answer, Answer):
        raise Unusable(outcome.reason or "no reason was given")
    limits = EpisodeLimits(options.fps, options.frames, _guidance(options.guidance))
    found, refused = episode_subtasks(outcome.answer, limits)
    for reason in refused:
        log.warning("left out: %s", reason)
    if options.refined is not None:
        second = outcome_files.find(options.refined, options.episode)
        if not isinstance(second.answer, Refinement):
            raise Unusable(
                f"its borders were not refined: {second.reason or 'no reason was given'}"
            )
        found = refine(found, second.answer, limits)
    return found


def _guidance(path: Path | None) -> Guidance:
    if path is None:
        return Guidance()
    return Guidance.from_json(path.read_bytes(), place=str(path))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--outcomes", type=Path, required=True, help="outcomes file with the episode")
    add("--refined", type=Path, help="outcomes file of the second look at the episode's borders")
    add("--dataset", required=True, help="name of the dataset, for messages")
    add("--episode", type=int, required=True, help="number of the episode")
    add("--frames", type=int, required=True, help="frames of the episode")
    add("--fps", type=float, required=True, help="frames per second of the episode")
    add("--guidance", type=Path, help="JSON file with the user's guidance on labels")
    add("--vocabulary", type=Path, help="YAML file with the labels to write, if they are unified")
    add("--on-error", choices=("stop", "skip"), default="stop", help="if there is no answer")
    add("--output", type=Path, required=True, help="JSON file to write")
    return parser


if __name__ == "__main__":
    program.run(main)
