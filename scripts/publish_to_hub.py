"""Commit a result to a dataset on the Hub; the program of rule publish_to_hub.

The token comes from the environment, HF_TOKEN, or from where the Hub's own login keeps it.
"""

import argparse
import logging
import os
from pathlib import Path

from subtasks import files, program
from subtasks.dataset import dataset
from subtasks.episode_ranges import parse_ranges
from subtasks.publish import on_hub, result_files
from subtasks.sources import hub

log = logging.getLogger("subtasks")


def main() -> None:
    """Read the command line, commit what differs, write what was done."""
    options = _options()
    # A log is no place for bars.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    origin, remote = None, None
    if options.on_hub:
        origin = hub.read_pinned(options.source)
        remote = hub.pin(options.source, origin.repo_id, origin.revision)
    episodes = parse_ranges(options.episodes)
    source = dataset.load(options.source, episodes=episodes, remote=remote)
    result_files.check_whole(source, result_files.tables_of(source))
    wanted = result_files.files_of(source, options.result)
    place = on_hub.HubTarget(
        options.repo_id, options.branch, options.pull_request, not options.public
    )
    said = on_hub.publish(source, wanted, origin, place)
    log.info("%s", said)
    files.write_text(options.output, said + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--source", type=Path, required=True, help="folder of the source dataset")
    add("--on-hub", action="store_true", help="the source is on the Hub, its metadata is here")
    add("--result", type=Path, required=True, help="folder of the result")
    add("--episodes", required=True, help="selected episodes, such as 0-3,5")
    add("--repo-id", required=True, help="dataset on the Hub to publish to")
    add("--branch", help="branch of it, in place of main")
    add("--pull-request", action="store_true", help="publish as a pull request")
    add("--public", action="store_true", help="let a repo that is made be public")
    add("--output", type=Path, required=True, help="file for a sentence on what was done")
    return parser.parse_args()


if __name__ == "__main__":
    program.run(main)
