"""Write the report of a dataset's labels, one HTML file that needs no other."""

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from subtasks import files, program
from subtasks.errors import Problem
from subtasks.review import gathering, labels_report
from subtasks.review.gathering import Sources
from subtasks.review.labels_report import Report
from subtasks.wording import counted

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Options(Sources):
    """The command line."""

    annotation: Path | None
    output: Path


def main() -> None:
    """Write the report."""
    options = program.read_options(_parser(), Options)
    overview = gathering.overview(options)
    checks = gathering.checks(options.checks, {each.episode for each in overview.episodes})
    report = Report(
        overview,
        None if options.checks is None else checks,
        _annotation(options.annotation),
    )
    with (
        files.replacing(options.output) as temporary,
        temporary.open("w", encoding="utf-8") as file,
    ):
        file.writelines(labels_report.page(report))
    log.info("%s", counted(len(report.overview.episodes), "episode"))


def _annotation(path: Path | None) -> dict[str, Any]:
    found = {} if path is None else files.read_json(path)
    if not isinstance(found, dict):
        raise Problem(f"{path} is damaged: remove it and run again")
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    gathering.add_arguments(parser)
    add = parser.add_argument
    add("--annotation", type=Path, help="meta/annotation.json of the result, if it is written")
    add("--output", type=Path, required=True, help="HTML file to write")
    return parser


if __name__ == "__main__":
    program.run(main)
