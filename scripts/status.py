"""Tell how far the episodes of each dataset have come; the program of rule status.

It looks at which files are there. Nothing is run and nothing is changed.
"""

import argparse
import logging
from pathlib import Path

from subtasks import files, program
from subtasks.workflow import plan, status

log = logging.getLogger("subtasks")


def main() -> None:
    """Read the settings and the plan, look at the folders, print what was found."""
    config = files.read_json(_arguments().config)
    datasets = plan.read(config, warn=log.warning)
    print(status.report(datasets, config, names=config["list"]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="all settings, as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    program.run(main)
