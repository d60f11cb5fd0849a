"""Put a result into the place of its source; the program of rule publish_in_place."""

import argparse
import logging
from pathlib import Path

from subtasks import files, program
from subtasks.dataset import dataset, originals
from subtasks.episode_ranges import parse_ranges
from subtasks.publish import in_place, result_files
from subtasks.wording import counted

log = logging.getLogger("subtasks")


def main() -> None:
    """Read the command line, replace what differs, write what was done."""
    options = _options()
    source = dataset.load(options.source, episodes=parse_ranges(options.episodes))
    result_files.check_whole(source, result_files.tables_of(source))
    change = in_place.publish(source.root, result_files.files_of(source, options.result))
    said = f"{source.root} has the result already: nothing to publish"
    if change.published or change.taken_back:
        said = f"published {counted(change.published, 'file')} into {source.root}"
        said += f", took {change.taken_back} back" if change.taken_back else ""
        said += f"; snakemake unpublish puts back what {originals.FOLDER} there keeps of before"
    log.info("%s", said)
    files.write_text(options.output, said + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--source", type=Path, required=True, help="folder of the source dataset")
    add("--result", type=Path, required=True, help="folder of the result")
    add("--episodes", required=True, help="selected episodes, such as 0-3,5")
    add("--output", type=Path, required=True, help="file for a sentence on what was done")
    return parser.parse_args()


if __name__ == "__main__":
    program.run(main)
