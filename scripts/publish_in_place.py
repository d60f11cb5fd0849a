"""Publish a result into its source dataset; the program of rule publish_in_place."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from subtasks import program
from subtasks.dataset import dataset, originals
from subtasks.episode_ranges import parse_ranges
from subtasks.publish import in_place, report, result_files
from subtasks.wording import counted


@dataclass(frozen=True)
class Options:
    """The command line."""

    source: Path
    result: Path
    episodes: str
    output: Path


def main() -> None:
    """Replace the files that differ and report what was done."""
    options = program.read_options(_parser(), Options)
    source = dataset.load(options.source, episodes=parse_ranges(options.episodes))
    change = in_place.publish(source.root, result_files.files_of(source, options.result))
    sentence = f"{source.root} is up to date: nothing to publish"
    if change.published or change.restored:
        sentence = f"published {counted(change.published, 'file')} into {source.root}"
        sentence += f", restored {change.restored}" if change.restored else ""
        sentence += f"; snakemake unpublish restores the originals from its {originals.FOLDER}"
    report.write(sentence, options.output)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--source", type=Path, required=True, help="folder of the source dataset")
    add("--result", type=Path, required=True, help="folder of the result")
    add("--episodes", required=True, help="selected episodes, such as 0-3,5")
    add("--output", type=Path, required=True, help="text file for a sentence on what was done")
    return parser


if __name__ == "__main__":
    program.run(main)
