"""Write the metadata of a result and link its videos; the program of rule write_meta.

`meta/info.json`, which names the new columns, is written last.
"""

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

from subtasks import program
from subtasks.outputs import metadata, registry
from subtasks.wording import counted

log = logging.getLogger("subtasks")


@dataclass(frozen=True)
class Options:
    """The command line."""

    source: Path
    result: Path
    outputs: list[str]
    overwrite: bool
    without_videos: bool


def main() -> None:
    """Copy the metadata, link the videos, and add the outputs to `meta/info.json`."""
    options = program.read_options(_parser(), Options)
    paths = metadata.paths(options.source)
    info = metadata.read_info(options.source)
    if not options.overwrite:
        registry.check(info["features"], options.outputs)
    chosen = [registry.OUTPUTS[name] for name in options.outputs]
    others = [output for output in registry.OUTPUTS.values() if output not in chosen]
    # Other programs write the outputs' tables, and the annotation, which a source may have too if
    # it has been annotated before.
    not_copied = {metadata.INFO, metadata.ANNOTATION}
    not_copied.update(Path(output.table) for output in chosen if output.table is not None)
    copied = [path for path in paths if path not in not_copied]
    metadata.copy(options.source, options.result, copied)
    metadata.remove_tables(options.source, options.result, others)
    if not options.without_videos:
        metadata.link_videos(options.source, options.result)
    metadata.write_info(options.result, metadata.with_outputs(info, chosen))
    log.info(
        "%s copied, %s added to meta/info.json",
        counted(len(copied), "file"),
        ", ".join(options.outputs),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--source", type=Path, required=True, help="folder of the source dataset")
    add("--result", type=Path, required=True, help="folder of the result")
    add("--outputs", nargs="+", choices=registry.OUTPUTS, required=True, help="what is written")
    add("--overwrite", action="store_true", help="columns that the source has are replaced")
    add("--without-videos", action="store_true", help="do not link the source's videos")
    return parser


if __name__ == "__main__":
    program.run(main)
