"""Print how good the labels of each dataset are; the program of rule evaluate."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from subtasks import program
from subtasks.evaluation import runs, score_files, summary


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    scores: list[Path]
    runs: list[Path]
    reports: list[Path]


def main() -> None:
    """Print the scores of each dataset, or its runs side by side, and where the report is."""
    options = program.read_options(_parser(), Options)
    parts = [summary.scores_text(score_files.read_scores(path)) for path in options.scores]
    parts += [summary.comparison_text(runs.read(path)) for path in options.runs]
    for part, report in zip(parts, options.reports, strict=True):
        print(f"{part}\n\nreport: {report}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--scores", type=Path, nargs="*", default=[], help="the scores: <dataset>/scores.json")
    add("--runs", type=Path, nargs="*", default=[], help="comparisons: <dataset>/runs.json")
    add("--reports", type=Path, nargs="*", default=[], help="the reports about them, in order")
    return parser


if __name__ == "__main__":
    program.run(main)
