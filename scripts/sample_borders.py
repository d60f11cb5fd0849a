"""Sample the frames around the borders of one episode's subtasks into an archive of JPEGs.

The borders are those of the model's answer. An archive that shows them already is kept.
"""

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

from subtasks import program
from subtasks.errors import Problem
from subtasks.frames import border_strips
from subtasks.frames.options import CameraOptions, add_arguments, between, cameras
from subtasks.questions.answers import Answer, EpisodeLimits, episode_subtasks
from subtasks.questions.guidance import Guidance
from subtasks.segments import borders
from subtasks.segments.borders import Border
from subtasks.segments.segment import Unusable
from subtasks.store import outcome_files

log = logging.getLogger("subtasks")


@dataclass(frozen=True)
class Options(CameraOptions):
    """The command line."""

    outcomes: Path
    guidance: Path | None
    jpeg_quality: int
    output: Path


def main() -> None:
    """Write the episode's archive; without images if its frames cannot be read."""
    options = program.read_options(_parser(), Options)
    shown, found = cameras(options), _borders(options)
    wanted = border_strips.unopened(shown, found, options.jpeg_quality)
    if border_strips.is_current(options.output, wanted, shown):
        options.output.touch()
        log.info("its %d borders are where they were: the archive is kept", len(found))
        return
    border_strips.sample_strips(shown, found, options.jpeg_quality, options.output)


def _borders(options: Options) -> list[Border]:
    """Return the episode's borders; none if it has no subtasks, which the next rule says."""
    if options.episode is None:
        raise Problem("--episode is missing: give the episode's number")
    outcome = outcome_files.find(options.outcomes, options.episode)
    if not isinstance(outcome.answer, Answer):
        return []
    guidance = Guidance()
    if options.guidance is not None:
        guidance = Guidance.from_json(options.guidance.read_bytes(), place=str(options.guidance))
    limits = EpisodeLimits(options.episode_fps, options.frames, guidance)
    try:
        subtasks, _ = episode_subtasks(outcome.answer, limits)
    except Unusable:
        return []
    return borders.between(subtasks, limits.duration)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add_arguments(parser)
    add("--outcomes", type=Path, required=True, help="outcomes file with the episode's answer")
    add("--guidance", type=Path, help="JSON file with the user's guidance on labels")
    add("--jpeg-quality", type=between(int, 1, 95), default=85, help="1 to 95")
    add("--output", type=Path, required=True, help="the archive to write")
    return parser


if __name__ == "__main__":
    program.run(main)
