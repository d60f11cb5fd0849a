"""Print how far the episodes of each dataset have come; the program of rule status.

Only the files that exist are considered. Nothing is run and nothing is changed.
"""

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

from subtasks import files, program
from subtasks.workflow import plan, status
from subtasks.workflow.config import Config

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    config: Path


def main() -> None:
    """Read the plan, look at the folders, print what was found."""
    options = program.read_options(_parser(), Options)
    config = Config.from_mapping(files.read_json(options.config))
    print(status.report(plan.read(config, warn=log.warning), config))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="all settings, as JSON")
    return parser


if __name__ == "__main__":
    program.run(main)
