"""Number the subtasks of a dataset in `meta/subtasks.parquet`; the program of rule number_subtasks.

If the source has such a table, its numbers are kept. Where labels are unified, those of the
vocabulary follow in its order, so that a number stays when labels are renamed or added. Other texts
come last, sorted.
"""

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from subtasks import files, program
from subtasks.episode_ranges import parse_ranges
from subtasks.outputs import subtask_index
from subtasks.segments import subtask_files, vocabulary_files
from subtasks.wording import counted

log = logging.getLogger("subtasks")


@dataclass(frozen=True)
class Options:
    """The command line."""

    subtasks: Path
    episodes: str
    existing: Path | None
    vocabulary: Path | None
    output: Path


def main() -> None:
    """Collect the texts of all subtasks and write the table."""
    options = program.read_options(_parser(), Options)
    labels = {
        segment.subtask
        for _, segments in subtask_files.load_all(options.subtasks, parse_ranges(options.episodes))
        for segment in segments
    }
    known = subtask_index.read(options.existing) if options.existing is not None else []
    unified = list(vocabulary_files.read(options.vocabulary).groups) if options.vocabulary else []
    # No label has a number before them: those that are added must not move it.
    first = [*known, "", *unified] if unified else known
    texts = subtask_index.number(labels, list(dict.fromkeys(first)))
    with files.replacing(options.output) as temporary:
        pq.write_table(subtask_index.table(texts), temporary)
    log.info("%s, %d of them in the source", counted(len(texts), "subtask"), len(known))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--subtasks", type=Path, required=True, help="folder of the subtasks files")
    add("--episodes", required=True, help="selected episodes, such as 0-3,5")
    add("--existing", type=Path, help="meta/subtasks.parquet of the source, if it has one")
    add("--vocabulary", type=Path, help="YAML file with the labels, if they are unified")
    add("--output", type=Path, required=True, help="table to write")
    return parser


if __name__ == "__main__":
    program.run(main)
