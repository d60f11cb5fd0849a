"""Draw the scores of a dataset as a page for people; the program of rule report_scores."""

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

from subtasks import files, program
from subtasks.evaluation import compared, report, score_files
from subtasks.evaluation.compared import ComparedFiles
from subtasks.evaluation.report import Report
from subtasks.wording import counted

log = logging.getLogger("subtasks")


@dataclass(frozen=True)
class Options(ComparedFiles):
    """The command line."""

    scores: Path
    episode_scores: Path
    fps: float
    output: Path


def main() -> None:
    """Write the page."""
    options = program.read_options(_parser(), Options)
    scores = score_files.read_scores(options.scores)
    counts = score_files.read_episodes(options.episode_scores)
    # Only of those that are drawn: labels of many episodes take much memory.
    drawn = report.drawn(counts)
    labels = compared.read(options, options.fps, drawn)
    found = Report(scores, counts, labels.episodes, options.fps)
    files.write_text(options.output, "".join(report.page(found)))
    log.info("%s, %s drawn", counted(len(counts), "episode"), f"{len(drawn):,}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    compared.add_arguments(parser)
    add("--scores", type=Path, required=True, help="JSON file with the scores")
    add("--episode-scores", type=Path, required=True, help="table with the counts of episodes")
    add("--fps", type=float, required=True, help="frames per second of the episodes")
    add("--output", type=Path, required=True, help="HTML file to write")
    return parser


if __name__ == "__main__":
    program.run(main)
