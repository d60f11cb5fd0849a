"""Make a LeRobot dataset of WGO-Bench, which is a table of videos with true subtasks.

The table comes from the Hugging Face Hub (HF_ENDPOINT and HF_TOKEN are heeded) into its cache on
this machine. The videos stay as they are; the true segments are in OUTPUT/truth. WGO-Bench may be
used for no commercial purpose (CC BY-NC-SA 4.0).
"""

import argparse
import logging
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from subtasks import files, program
from subtasks.errors import Problem
from subtasks.frames.video import Unreadable
from subtasks.sources import hub
from subtasks.wgo_bench import clips, lerobot, rows, table_files
from subtasks.wgo_bench.lerobot import Episode
from subtasks.wgo_bench.rows import Row
from subtasks.wording import counted

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    output: Path
    repo_id: str
    revision: str
    episodes: int | None
    table: list[Path] | None


def main() -> None:
    """Make the dataset, unless the folder already holds it."""
    options = program.read_options(_parser(), Options)
    output = options.output.resolve()
    wanted = _wanted(options)
    if _holds(output, wanted):
        log.info("%s already holds this dataset", options.output)
        return
    tables, commit = options.table, None
    if tables is None:
        fetched = table_files.fetch(options.repo_id, options.revision)
        tables, commit = list(fetched.paths), fetched.commit
    # The same name each time, so that this run removes what a killed one has left.
    scratch = output.parent / f".{output.name}.part"
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        made = _make(scratch, tables, wanted | {"commit": commit}, options.episodes)
        if output.exists():
            output.rmdir()
        scratch.rename(output)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    log.info("wrote %s: %s", options.output, counted(made, "episode"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add(
        "--output",
        type=Path,
        required=True,
        help="folder of the dataset: new, empty, or with the same dataset",
    )
    add(
        "--repo-id",
        default=table_files.REPO_ID,
        help="the table's dataset on the Hub (%(default)s)",
    )
    add("--revision", default=hub.DEFAULT_REVISION, help="its branch, tag or commit (%(default)s)")
    add("--episodes", type=_positive, help="only the first rows, this many (default: all)")
    add("--table", type=Path, action="append", help="a file that is here, in place of the Hub's")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1")
    return number


def _wanted(options: Options) -> dict[str, Any]:
    """Return what decides the dataset's content, as its record has it."""
    if options.table is None:
        origin: dict[str, Any] = {"repo_id": options.repo_id, "revision": options.revision}
    else:
        origin = {"table": [str(path.resolve()) for path in options.table]}
    return origin | {"rows": options.episodes}


def _holds(output: Path, wanted: dict[str, Any]) -> bool:
    """Whether `output` holds the dataset; refuses anything else in it."""
    if not output.exists() or (output.is_dir() and not any(output.iterdir())):
        return False
    if not (output / lerobot.RECORD_PATH).is_file():
        raise Problem(f"{output} exists and is not made of WGO-Bench: give another --output")
    found = files.read_json(output / lerobot.RECORD_PATH)
    if not isinstance(found, dict) or {key: found.get(key) for key in wanted} != wanted:
        raise Problem(
            f"{output} holds another table, revision or number of episodes of WGO-Bench: give "
            "another --output, or delete it"
        )
    return True


def _make(root: Path, tables: Sequence[Path], record: dict[str, Any], limit: int | None) -> int:
    """Write the dataset into the folder `root`; returns the number of episodes."""
    total = sum(rows.count(table) for table in tables)
    total = total if limit is None else min(limit, total)
    episodes: list[Episode] = []
    left_out: list[dict[str, str]] = []
    for number, row in enumerate(_rows(tables, total), 1):
        found = _episode(root, len(episodes), row)
        if isinstance(found, str):
            log.warning("%s is left out: %s", row.name, found)
            left_out.append({"id": row.name, "reason": found})
            continue
        episodes.append(found)
        log.info(
            "row %d of %d: %s, %.1f s, %s",
            number,
            total,
            row.name,
            found.clip.seconds,
            counted(len(row.segments), "segment"),
        )
    if not episodes:
        raise Problem(f"no row of {tables[0]} can be used: {len(left_out)} are left out")
    lerobot.write(root, episodes, record | {"left_out": left_out})
    return len(episodes)


def _rows(tables: Sequence[Path], limit: int) -> Iterator[Row]:
    """Read the first rows of the tables, so that a row is forgotten before the next one."""
    remaining = limit
    for table in tables:
        for row in rows.read(table):
            if not remaining:
                return
            yield row
            remaining -= 1


def _episode(root: Path, index: int, row: Row) -> Episode | str:
    """Put a row's video into the dataset; returns the reason if the row cannot be used."""
    if row.fault is not None:
        return row.fault
    path = lerobot.video_path(root, index)
    with files.replacing(path) as temporary:
        temporary.write_bytes(row.video)
    try:
        clip = clips.look_at(path)
    except Unreadable as error:
        path.unlink()
        return f"its video {error}"
    return Episode(row.name, row.source, row.instruction, row.segments, clip)


if __name__ == "__main__":
    program.run(main)
