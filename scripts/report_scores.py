"""Draw the scores of a dataset as a page for people; the program of rule report_scores."""

import argparse
from dataclasses import dataclass
from html import escape
from pathlib import Path

from subtasks import files, program
from subtasks.evaluation import compared, score_files, summary
from subtasks.evaluation.compared import ComparedFiles


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
    text = escape(summary.scores_text(score_files.read_scores(options.scores)))
    page = f"<!doctype html><meta charset=utf-8><title>Scores</title><pre>{text}</pre>"
    files.write_text(options.output, page)


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
