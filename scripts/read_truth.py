"""Read true labels, whatever their form, and settle them; the program of rule read_truth.

What is wrong with them is said in the file and in the log, and what can be compared is kept.
"""

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

from subtasks import episode_facts, program
from subtasks.episode_ranges import parse_ranges
from subtasks.evaluation import truth_file
from subtasks.truth import forms
from subtasks.truth.settling import settle
from subtasks.wording import counted

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    truth: str
    dataset: str
    facts: Path
    fps: float
    episodes: str
    output: Path


def main() -> None:
    """Write the true labels of the episodes that are compared."""
    options = program.read_options(_parser(), Options)
    written = forms.read(options.truth, options.fps)
    truth = settle(written, _lengths(options), options.fps, options.dataset)
    for note in truth.notes:
        log.warning("%s", note)
    truth_file.write(options.output, truth)
    log.info(
        "%s: %s, %s",
        truth.form,
        counted(len(truth.episodes), "episode"),
        counted(sum(map(len, truth.episodes.values())), "segment"),
    )


def _lengths(options: Options) -> dict[int, int]:
    """Return how many frames each episode has that can be compared."""
    wanted = set(parse_ranges(options.episodes))
    return {
        episode: facts.length
        for path in sorted(options.facts.glob("*.json"))
        for episode, facts in episode_facts.read(path).items()
        if episode in wanted and facts.length and not facts.fault
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--truth", required=True, help="a folder, a table, a dataset, or an address on the Hub")
    add("--dataset", required=True, help="name of the dataset, for messages")
    add("--facts", type=Path, required=True, help="folder of what is known of groups' episodes")
    add("--fps", type=float, required=True, help="frames per second of the episodes")
    add("--episodes", required=True, help="episodes to compare, such as 0-3,5")
    add("--output", type=Path, required=True, help="JSON file to write")
    return parser


if __name__ == "__main__":
    program.run(main)
