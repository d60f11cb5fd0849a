"""Write all segments of a dataset into one table; the program of rule write_segments."""

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from subtasks import files, program
from subtasks.dataset import dataset
from subtasks.episode_ranges import parse_ranges
from subtasks.outputs import segments_table
from subtasks.segments import segment, subtask_files
from subtasks.wording import counted

log = logging.getLogger("subtasks")


@dataclass(frozen=True)
class Options:
    """The command line."""

    source: Path
    subtasks: Path
    episodes: str
    output: Path


def main() -> None:
    """Find the frames of all segments and write the table."""
    options = program.read_options(_parser(), Options)
    source = dataset.load(options.source, episodes=parse_ranges(options.episodes))
    spans = [
        (episode, segment.spans(found, source.fps, source.episodes[episode].length))
        for episode, found in subtask_files.load_all(options.subtasks, source.episodes)
    ]
    table = segments_table.table(spans, source.fps)
    with files.replacing(options.output) as temporary:
        pq.write_table(table, temporary)
    log.info("%s of %s", counted(table.num_rows, "segment"), counted(len(spans), "episode"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--source", type=Path, required=True, help="folder of the source dataset")
    add("--subtasks", type=Path, required=True, help="folder of the subtasks files")
    add("--episodes", required=True, help="selected episodes, such as 0-3,5")
    add("--output", type=Path, required=True, help="table to write")
    return parser


if __name__ == "__main__":
    program.run(main)
