"""Commit a result to a dataset on the Hub; the program of rule publish_to_hub.

The token comes from the environment variable HF_TOKEN or from a login with the Hub's own tools.
"""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

from subtasks import program
from subtasks.dataset import dataset
from subtasks.episode_ranges import parse_ranges
from subtasks.publish import on_hub, report, result_files
from subtasks.publish.on_hub import HubTarget
from subtasks.sources import hub


@dataclass(frozen=True)
class Options:
    """The command line."""

    source: Path
    on_hub: bool
    result: Path
    episodes: str
    repo_id: str
    branch: str | None
    pull_request: bool
    public: bool
    output: Path


def main() -> None:
    """Commit the files that differ and report what was done."""
    options = program.read_options(_parser(), Options)
    # Progress bars would fill the log.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    origin, remote = None, None
    if options.on_hub:
        origin = hub.read_source(options.source)
        remote = hub.ensure_snapshot(options.source, origin.repo_id, origin.revision)
    episodes = parse_ranges(options.episodes)
    source = dataset.load(options.source, episodes=episodes, remote=remote)
    wanted = result_files.files_of(source, options.result)
    target = HubTarget(options.repo_id, options.branch, options.pull_request, not options.public)
    report.write(on_hub.publish(source, wanted, origin, target), options.output)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--source", type=Path, required=True, help="folder of the source dataset")
    add(
        "--on-hub",
        action="store_true",
        help="the source is on the Hub; its folder has only the metadata",
    )
    add("--result", type=Path, required=True, help="folder of the result")
    add("--episodes", required=True, help="selected episodes, such as 0-3,5")
    add("--repo-id", required=True, help="dataset on the Hub to publish to")
    add("--branch", help="branch to commit to; default: main")
    add("--pull-request", action="store_true", help="open a pull request instead")
    add("--public", action="store_true", help="make a new repo public")
    add("--output", type=Path, required=True, help="text file for a sentence on what was done")
    return parser


if __name__ == "__main__":
    program.run(main)
