"""Compare a dataset's labels as made with different settings; the program of rule compare_runs."""

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from subtasks import files, program
from subtasks.errors import Problem
from subtasks.evaluation import runs, runs_report, score_files
from subtasks.evaluation.runs import Labelled
from subtasks.wording import counted

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    compared: Path
    episode_scores: list[Path]
    annotations: list[Path]
    output: Path
    report: Path


def main() -> None:
    """Write the comparison, and a page that shows it."""
    options = program.read_options(_parser(), Options)
    what = files.read_json(options.compared)
    labelled = [
        Labelled(run["name"], run["settings"], score_files.read_episodes(scores), _usd(annotation))
        for run, scores, annotation in zip(
            what["runs"], options.episode_scores, options.annotations, strict=True
        )
    ]
    comparison = runs.compare(what["dataset"], what["seconds"], labelled)
    for note in comparison.notes:
        log.warning("%s", note)
    runs.write(options.output, comparison)
    files.write_text(options.report, runs_report.document(comparison))
    log.info("%s, %s", counted(len(labelled), "run"), counted(comparison.episodes, "episode"))


def _usd(annotation: Path) -> float | None:
    """Return what a run's labels have cost; None if a model has no price."""
    stored: Any = files.read_json(annotation)
    if not isinstance(stored, dict):
        raise Problem(f"{annotation} is damaged: remove it and run again")
    usd = stored.get("usd") if "replies" in stored else 0.0
    return float(usd) if isinstance(usd, int | float) else None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--compared", type=Path, required=True, help="JSON file: the runs and how they differ")
    add("--episode-scores", type=Path, nargs="+", required=True, help="their counts, in order")
    add("--annotations", type=Path, nargs="+", required=True, help="their annotation.json")
    add("--output", type=Path, required=True, help="JSON file to write: the comparison")
    add("--report", type=Path, required=True, help="HTML file to write: the same for people")
    return parser


if __name__ == "__main__":
    program.run(main)
