"""Score a dataset's labels by its true ones; the program of rule score_labels.

Pure: the same files always give the same scores. docs/evaluation.md defines them.
"""

import argparse
import logging
import math
from dataclasses import dataclass
from pathlib import Path

from subtasks import program
from subtasks.episode_ranges import parse_ranges
from subtasks.errors import Problem
from subtasks.evaluation import compared, score_files, scores
from subtasks.evaluation.compared import ComparedEpisode, ComparedFiles
from subtasks.evaluation.episode_scores import EpisodeScores, score
from subtasks.store import judged_file
from subtasks.wording import counted

log = logging.getLogger("subtasks")


@dataclass(frozen=True)
class Options(ComparedFiles):
    """The command line."""

    dataset: str
    fps: float
    episodes: str
    judged: Path | None
    output: Path
    episode_scores: Path


def main() -> None:
    """Write the scores of the dataset and the counts of its episodes."""
    options = program.read_options(_parser(), Options)
    if not (math.isfinite(options.fps) and options.fps > 0):
        raise Problem(f"--fps {options.fps}: must be a finite number above 0")
    judged = None if options.judged is None else judged_file.read(options.judged)
    pairs = None if judged is None else judged.pairs

    def counts(each: ComparedEpisode) -> EpisodeScores:
        return score(each.episode, each.found, each.true, options.fps, each.length, pairs)

    read = compared.read_each(options, options.fps, parse_ranges(options.episodes), counts)
    truth, found = read.truth, read.episodes
    notes = (*read.notes, *(() if judged is None else judged.remarks))
    result = scores.compute(options.dataset, truth.origin, truth.form, found, notes)
    score_files.write_episodes(options.episode_scores, found)
    score_files.write_scores(options.output, result)
    for note in notes:
        log.info("%s: %s", options.dataset, note)
    log.info("%s scored", counted(len(found), "episode"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    compared.add_arguments(parser)
    add("--dataset", required=True, help="name of the dataset")
    add("--fps", type=float, required=True, help="frames per second of the episodes")
    add("--episodes", required=True, help="selected episodes, such as 0-3,5")
    add("--judged", type=Path, help="JSON file of labels that were judged, if any were")
    add("--output", type=Path, required=True, help="JSON file to write: the scores")
    add("--episode-scores", type=Path, required=True, help="table to write: a row an episode")
    return parser


if __name__ == "__main__":
    program.run(main)
