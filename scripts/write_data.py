"""Write one data file with the subtasks as columns; the program of rule write_data.

Every other column is copied as it is. Episodes of the file that are not selected get the
empty value.
"""

import argparse
import logging
from pathlib import Path

from subtasks import files, program
from subtasks.episode_ranges import parse_ranges
from subtasks.errors import Problem
from subtasks.outputs import columns
from subtasks.outputs.registry import OUTPUTS
from subtasks.parquet import adding_columns, reading
from subtasks.segments import subtask_files
from subtasks.wording import counted

log = logging.getLogger("subtasks")


def main() -> None:
    """Read the command line and the subtasks, write the data file."""
    options = _options()
    makers = [OUTPUTS[name].column for name in options.outputs]
    wanted = [make(options.numbers) for make in makers if make is not None]
    episodes = parse_ranges(options.episodes)
    if options.lengths and len(options.lengths) != len(episodes):
        raise Problem(f"--lengths has {len(options.lengths)} numbers for {len(episodes)} episodes")
    lengths = dict(zip(episodes, options.lengths, strict=False))
    labels = subtask_files.load_all(options.subtasks, episodes)
    with reading.opened(options.source) as file:
        names = [column.name for column in wanted]
        reading.check_values(options.source, file, names, options.source.stat().st_size)
        try:
            schema, chunks = columns.fill(
                file, wanted, labels, options.fps, lengths=lengths, overwrite=options.overwrite
            )
        except Problem as problem:
            raise Problem(f"{options.source}: {problem}") from None
        adding_columns.add_columns(options.source, options.output, schema, chunks)
    log.info("%s for %s", ", ".join(schema.names), counted(len(episodes), "episode"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--source", type=Path, required=True, help="data file of the source dataset")
    add("--subtasks", type=Path, help="folder of the subtasks files, if there are any")
    add("--episodes", required=True, help="selected episodes of this file, such as 0-3,5")
    add("--lengths", type=_numbers, default=[], help="their frames: 290,301, or a JSON file")
    add("--fps", type=float, required=True, help="frames a second of the dataset")
    add("--outputs", nargs="+", choices=OUTPUTS, required=True, help="what to write")
    add("--numbers", type=Path, help="meta/subtasks.parquet of the result, for subtask_index")
    add("--overwrite", action="store_true", help="replace columns that the source has already")
    add("--output", type=Path, required=True, help="data file to write")
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    if text.endswith(".json"):
        return files.read_json(Path(text))
    return [int(number) for number in filter(None, text.split(","))]


if __name__ == "__main__":
    program.run(main)
