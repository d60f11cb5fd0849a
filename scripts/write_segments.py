"""Write all segments of a dataset as `meta/segments.parquet`; the program of that rule."""

import argparse
import logging
from pathlib import Path

import pyarrow.parquet as pq

from subtasks import files, program
from subtasks.dataset import dataset
from subtasks.episode_ranges import parse_ranges
from subtasks.outputs import segments_table
from subtasks.segments import segment, subtask_files
from subtasks.wording import counted

log = logging.getLogger("subtasks")


def main() -> None:
    """Read the command line, the episodes' lengths and all subtasks, write the table."""
    options = _options()
    source = dataset.load(options.source, episodes=parse_ranges(options.episodes))
    spans = [
        (episode, segment.spans(found, source.fps, source.episodes[episode].length))
        for episode, found in subtask_files.load_all(options.subtasks, source.episodes)
    ]
    table = segments_table.table(spans, source.fps)
    with files.replacing(options.output) as temporary:
        pq.write_table(table, temporary)
    log.info("%s of %s", counted(table.num_rows, "segment"), counted(len(spans), "episode"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--source", type=Path, required=True, help="folder of the source dataset")
    add("--subtasks", type=Path, required=True, help="folder of the subtasks files")
    add("--episodes", required=True, help="selected episodes, such as 0-3,5")
    add("--output", type=Path, required=True, help="table to write")
    return parser.parse_args()


if __name__ == "__main__":
    program.run(main)
