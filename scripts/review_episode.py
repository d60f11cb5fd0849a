"""Make what the review page shows of one episode: its motion, and a filmstrip.

The filmstrip is one image, small pictures of what the first camera saw.
"""

import argparse
from dataclasses import asdict, dataclass
from pathlib import Path

from subtasks import files, program
from subtasks.frames import filmstrip
from subtasks.review import episode_file
from subtasks.review.episode_file import Review, Strip


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    frames: Path | None
    measured: Path | None
    episode: int
    output: Path
    filmstrip: Path


def main() -> None:
    """Write the filmstrip, and the file that says what is on it."""
    options = program.read_options(_parser(), Options)
    motion, fault = episode_file.measured(options.measured, options.episode)
    with files.replacing(options.filmstrip) as temporary:
        shown = filmstrip.write(options.frames, temporary)
    strip = None if shown is None else Strip(options.filmstrip.name, **asdict(shown))
    episode_file.write(options.output, Review(motion, fault, strip))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--frames", type=Path, help="archive of the episode's sampled frames, if there is one")
    add("--measured", type=Path, help="JSON file with the motion of the episode's group, if known")
    add("--episode", type=int, required=True, help="number of the episode")
    add("--output", type=Path, required=True, help="JSON file to write")
    add("--filmstrip", type=Path, required=True, help="JPEG to write")
    return parser


if __name__ == "__main__":
    program.run(main)
