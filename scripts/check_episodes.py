"""Check the rows of a group's episodes before they are used; the program of rule check_episodes.

Writes what is known of each episode: its task, where its rows are, and if it cannot be labelled,
why. Metadata and rows may contradict each other, and nobody should pay for labels of rows that do
not exist or belong to another episode.
"""

import argparse
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from subtasks import episode_facts, files, program
from subtasks.dataset import episode_rows, tasks_table
from subtasks.dataset.episode import join_tasks
from subtasks.dataset.episode_rows import EpisodeRows
from subtasks.episode_facts import EpisodeFacts
from subtasks.errors import Problem
from subtasks.wording import counted

NO_TASK = "it has no task sentence: set task: for the dataset"
RENUMBERED = (
    "its rows give another episode_index; in this version of the format a data file is its "
    "episode, so they are labelled all the same"
)
MOVED = "its rows are not where dataset_from_index says; they were found by their own episode_index"

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    listed: Path
    data: Path | None
    tasks: Path | None
    asks: bool
    whole_files: bool
    output: Path


def main() -> None:
    """Write what is known of the episodes."""
    options = program.read_options(_parser(), Options)
    listed = {int(number): entry for number, entry in files.read_json(options.listed).items()}
    facts = {number: _by_metadata(entry) for number, entry in listed.items()}
    if options.data is not None:
        facts = _by_rows(listed, options.data, whole_files=options.whole_files)
    if options.asks:
        facts = _with_tasks(facts, options.tasks)
    episode_facts.write(options.output, {number: each for number, (each, _) in facts.items()})
    for number, (each, _) in facts.items():
        if each.fault:
            log.warning("episode %06d: %s", number, each.fault)
        for remark in each.remarks:
            log.warning("episode %06d: %s", number, remark)
    log.info("%s checked", counted(len(facts), "episode"))


Facts = dict[int, tuple[EpisodeFacts, list[int]]]
"""What is known by episode, and the numbers of its tasks in its rows."""


def _by_metadata(entry: Mapping[str, Any]) -> tuple[EpisodeFacts, list[int]]:
    """Believe the metadata, where the rows are not on this machine."""
    facts = EpisodeFacts(entry["task"], entry["length"], first=entry["row"], rows=entry["length"])
    return facts, []


def _by_rows(listed: Mapping[int, Mapping[str, Any]], folder: Path, *, whole_files: bool) -> Facts:
    """Look at the rows of the episodes, file by file."""
    by_file: dict[str, list[int]] = {}
    for number, entry in listed.items():
        by_file.setdefault(entry["data"], []).append(number)
    facts: Facts = {}
    for name, numbers in by_file.items():
        try:
            found = episode_rows.find(folder / name, numbers, whole_file=whole_files)
        except (Problem, OSError) as problem:
            # It concerns the episodes of this file, and no others of the group.
            for number in numbers:
                entry = listed[number]
                reason = _sentence(problem, folder / name, name)
                facts[number] = EpisodeFacts(entry["task"], entry["length"], fault=reason), []
            continue
        for number, rows in found.items():
            facts[number] = _judged(number, listed[number], rows, name, whole_files), rows.tasks
    return facts


def _sentence(problem: Problem | OSError, path: Path, name: str) -> str:
    """Say what is wrong with a file by its path in the dataset."""
    if isinstance(problem, OSError):
        return f"{name}: {problem.strerror or problem}; restore it or exclude the episode"
    return str(problem).replace(str(path), name)


def _judged(
    number: int, entry: Mapping[str, Any], rows: EpisodeRows, file: str, is_whole_file: bool
) -> EpisodeFacts:
    """Say what an episode's rows mean for it."""
    length = entry["length"]
    fault, remarks = None, []
    if rows.fault:
        fault = f"{file}: {rows.fault}; mend it or exclude the episode"
    elif not rows.count:
        fault = (
            f"{file} has no rows of episode {number}, although the metadata says {length}; "
            "restore them or exclude the episode"
        )
    else:
        if rows.count < length:
            remarks.append(f"it has {rows.count} rows, but {length} frames by the metadata")
        elif rows.count > length:
            remarks.append(
                f"{rows.count - length} of its {rows.count} rows get no label, because it has "
                f"{length} frames by the metadata"
            )
        if is_whole_file and rows.others:
            remarks.append(RENUMBERED)
        elif not is_whole_file and entry["row"] not in (None, rows.first):
            remarks.append(MOVED)
    return EpisodeFacts(entry["task"], length, rows.first, rows.count, fault, tuple(remarks))


def _with_tasks(facts: Facts, table: Path | None) -> Facts:
    """Look up the tasks of episodes whose metadata has none; `table` is the dataset's, if any.

    A table that cannot be used is the fault of these episodes and of no others.
    """
    sentences: dict[int, str] = {}
    damaged: str | None = None
    if table is not None and any(not each.task and not each.fault for each, _ in facts.values()):
        try:
            sentences = tasks_table.read(table)
        except Problem as problem:
            damaged = f"{problem}, or set task: for the dataset"
    completed: Facts = {}
    for number, (each, numbers) in facts.items():
        if not each.task and not each.fault:
            task = _joined(sentences.get(index) for index in numbers)
            remarks = each.remarks if task or damaged else (*each.remarks, NO_TASK)
            each = replace(each, task=task, fault=damaged, remarks=remarks)
        completed[number] = each, numbers
    return completed


def _joined(sentences: Iterable[str | None]) -> str:
    return join_tasks(dict.fromkeys(each for each in sentences if each is not None))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--listed", type=Path, required=True, help="what the metadata says, as JSON")
    add("--data", type=Path, help="folder of the dataset's data files; default: not looked at")
    add("--tasks", type=Path, help="the dataset's tasks table, if it has one")
    add("--asks", action="store_true", help="somebody is asked, so that tasks matter")
    add("--whole-files", action="store_true", help="a data file is an episode, as in v2.x")
    add("--output", type=Path, required=True, help="JSON file to write")
    return parser


if __name__ == "__main__":
    program.run(main)
