"""Write the result's metadata and link its videos; the program of rule write_meta.

`meta/info.json`, which tells of the new columns, is written last.
"""

import argparse
import logging
from pathlib import Path

from subtasks import program
from subtasks.outputs import metadata, registry

log = logging.getLogger("subtasks")


def main() -> None:
    """Read the command line and the source's metadata, write the result's."""
    options = _options()
    paths = metadata.paths(options.source)
    info = metadata.read_info(options.source)
    if not options.overwrite:
        registry.check(info["features"], options.outputs)
    chosen = [registry.OUTPUTS[name] for name in options.outputs]
    others = [output for output in registry.OUTPUTS.values() if output not in chosen]
    # Tables of the outputs are other programs' work, and so is what tells of the annotation; a
    # source that was annotated before has one of its own.
    made = {metadata.INFO, metadata.ANNOTATION}
    made.update(Path(output.table) for output in chosen if output.table is not None)
    metadata.copy(options.source, options.result, [path for path in paths if path not in made])
    metadata.remove_tables(options.source, options.result, others)
    if not options.without_videos:
        metadata.link_videos(options.source, options.result)
    metadata.write_info(options.result, metadata.with_outputs(info, chosen))
    log.info("%d files of metadata, told of %s", len(paths), ", ".join(options.outputs))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--source", type=Path, required=True, help="folder of the source dataset")
    add("--result", type=Path, required=True, help="folder of the result")
    add("--outputs", nargs="+", choices=registry.OUTPUTS, required=True, help="what is written")
    add("--overwrite", action="store_true", help="columns that the source has are replaced")
    add("--without-videos", action="store_true", help="the source has none here to be linked")
    return parser.parse_args()


if __name__ == "__main__":
    program.run(main)
