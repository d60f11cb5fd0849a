"""Write a data file with the subtasks as new columns; the program of rule write_data.

All other columns are copied unchanged. Episodes of the file that are not selected get the empty
value.
"""

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

from subtasks import files, program
from subtasks.episode_ranges import parse_ranges
from subtasks.errors import Problem
from subtasks.outputs import columns
from subtasks.outputs.data_rows import DataRows
from subtasks.outputs.registry import OUTPUTS
from subtasks.parquet import adding_columns, reading
from subtasks.segments import subtask_files
from subtasks.wording import counted

log = logging.getLogger("subtasks")


@dataclass(frozen=True)
class Options:
    """The command line."""

    source: Path
    subtasks: Path | None
    episodes: str
    lengths: list[int]
    whole_file: bool
    fps: float
    outputs: list[str]
    numbers: Path | None
    overwrite: bool
    output: Path


def main() -> None:
    """Write the data file."""
    options = program.read_options(_parser(), Options)
    makers = [OUTPUTS[name].column for name in options.outputs]
    wanted = [make(options.numbers) for make in makers if make is not None]
    episodes = parse_ranges(options.episodes)
    if options.lengths and len(options.lengths) != len(episodes):
        raise Problem(
            f"--lengths has {counted(len(options.lengths), 'number')} for "
            f"{counted(len(episodes), 'episode')}: give one number for each"
        )
    if options.whole_file and len(episodes) > 1:
        raise Problem("--whole-file needs a file of one episode: give --episodes one number")
    lengths = dict(zip(episodes, options.lengths, strict=False))
    if episodes and options.subtasks is None:
        raise Problem("--episodes needs --subtasks: give the folder of the subtasks files")
    labels = list(subtask_files.load_all(options.subtasks or Path(), episodes))
    with reading.opened(options.source) as file:
        # The file of an episode that is not selected is some episode's without subtasks.
        whole = next(iter(episodes), 0) if options.whole_file else None
        data = DataRows(file, whole)
        names = [*(column.name for column in wanted), *data.index_columns(timed=True)]
        reading.check_values(options.source, file, names, options.source.stat().st_size)
        try:
            schema, fill_row_group = columns.fill(
                data, wanted, labels, options.fps, lengths=lengths, overwrite=options.overwrite
            )
        except Problem as problem:
            raise Problem(f"{options.source}: {problem}") from None
        adding_columns.add_columns(options.source, options.output, schema, fill_row_group)
    log.info("%s for %s", ", ".join(schema.names), counted(len(episodes), "episode"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--source", type=Path, required=True, help="data file of the source dataset")
    add("--subtasks", type=Path, help="folder of the subtasks files, if episodes are selected")
    add("--episodes", required=True, help="selected episodes of this file, such as 0-3,5")
    add(
        "--lengths",
        type=_numbers,
        default=[],
        help="number of frames of each selected episode, such as 290,301, or a JSON file",
    )
    add("--whole-file", action="store_true", help="all rows are those of the selected episode")
    add("--fps", type=float, required=True, help="frames per second of the dataset")
    add("--outputs", nargs="+", choices=OUTPUTS, required=True, help="what to write")
    add("--numbers", type=Path, help="meta/subtasks.parquet of the result, for subtask_index")
    add("--overwrite", action="store_true", help="replace columns that the source already has")
    add("--output", type=Path, required=True, help="data file to write")
    return parser


def _numbers(text: str) -> list[int]:
    if text.endswith(".json"):
        numbers: list[int] = files.read_json(Path(text))
        return numbers
    return [int(number) for number in filter(None, text.split(","))]


if __name__ == "__main__":
    program.run(main)
