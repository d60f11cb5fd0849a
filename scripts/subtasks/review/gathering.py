"""Gathering the labels of a dataset's episodes, with what else is known of each.

This is what the review page begins with and what the report is made from, and the command line of
both programs.
"""

import argparse
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from subtasks import episode_facts, files
from subtasks.checks import check_file
from subtasks.checks.finding import Checked, Kind
from subtasks.episode_ranges import parse_ranges
from subtasks.errors import Problem
from subtasks.review.overview_file import Episode, Overview
from subtasks.segments import subtask_files
from subtasks.segments.segment import Segment

NO_LABELS = "it has no labels yet"

_GROUP = re.compile(r"([0-9]+)-([0-9]+)\.json")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where what is known of a dataset's episodes lies, as options of a program."""

    dataset: str
    fps: float
    episodes: str
    listed: Path | None
    facts: Path | None
    faults: Path | None
    checks: Path | None
    subtasks: Path | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `Sources`."""
    add = parser.add_argument
    add("--dataset", required=True, help="name of the dataset")
    add("--fps", type=float, required=True, help="frames per second")
    add("--episodes", required=True, help="selected episodes, such as 0-3,5")
    add("--listed", type=Path, help="folder with what the metadata says of groups of episodes")
    add("--facts", type=Path, help="folder with what their rows say")
    add("--faults", type=Path, help="JSON file with why episodes cannot be labelled")
    add("--checks", type=Path, help="JSON file with what the checks have found")
    add("--subtasks", type=Path, help="folder of the subtasks files")


@dataclass(frozen=True, slots=True)
class _Known:
    task: str = ""
    length: int = 0
    fault: str | None = None


def overview(sources: Sources) -> Overview:
    """Read the labels of all selected episodes. Raises `Problem` for a damaged file.

    An episode that has failed and has labels all the same has them from a person: no failure.
    """
    numbers = sorted(set(parse_ranges(sources.episodes)))
    known = _known(sources, set(numbers))
    faults = _faults(sources.faults)
    failed = _failed(sources.checks, set(numbers))
    found = []
    for number in numbers:
        each = known.get(number, _Known())
        failure = failed.get(number) or faults.get(number) or each.fault
        # What is left of an earlier run says nothing about an episode that cannot be labelled.
        labels = None if number in faults else _labels(sources.subtasks, number)
        if labels:
            failure = None
        elif labels is None:
            failure = failure or NO_LABELS
        found.append(Episode(number, each.task, each.length, labels or (), failure))
    return Overview(sources.dataset, sources.fps, tuple(found))


def _labels(folder: Path | None, episode: int) -> tuple[Segment, ...] | None:
    """Read an episode's labels; None if it has no file."""
    if folder is None:
        return None
    try:
        return tuple(
            subtask_files.load(folder / subtask_files.FILE_NAME.format(episode_index=episode))
        )
    except FileNotFoundError:
        return None


def _known(sources: Sources, wanted: Collection[int]) -> dict[int, _Known]:
    """Read what is known of episodes: what their rows say comes before the metadata."""
    found: dict[int, _Known] = {}
    for path in _of_groups(sources.listed, wanted):
        try:
            for number, entry in files.read_json(path).items():
                found[int(number)] = _Known(_text(entry["task"]), int(entry["length"]))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise Problem(f"{path} is damaged: remove it and run again") from None
    for path in _of_groups(sources.facts, wanted):
        for number, fact in episode_facts.read(path).items():
            found[number] = _Known(fact.task, fact.length, fact.fault)
    return found


def _of_groups(folder: Path | None, wanted: Collection[int]) -> list[Path]:
    """Return the files of the groups that have some of these episodes, the newest last.

    A folder also keeps the files of groups of another size; what is made last is what is true.
    """
    if folder is None:
        return []
    found = []
    for path in folder.iterdir():
        if match := _GROUP.fullmatch(path.name):
            group = range(int(match[1]), int(match[2]) + 1)
            if any(number in wanted for number in group):
                found.append((path.stat().st_mtime_ns, path.name, path))
    return [path for *_, path in sorted(found)]


def _faults(path: Path | None) -> Mapping[int, str]:
    """Read why episodes cannot be labelled by their metadata."""
    if path is None:
        return {}
    try:
        return {int(number): _text(sentence) for number, sentence in files.read_json(path).items()}
    except (ValueError, TypeError, AttributeError):
        raise Problem(f"{path} is damaged: remove it and run again") from None


def checks(path: Path | None, episodes: Collection[int]) -> list[Checked]:
    """Read what the checks have found in these episodes, in the order of the file."""
    found = [] if path is None else check_file.read(path)
    return [each for each in found if each.episode in episodes]


def _failed(path: Path | None, episodes: Collection[int]) -> Mapping[int, str]:
    """Read which episodes have failed by what the checks have found, and why."""
    return {
        each.episode: finding.sentence
        for each in checks(path, episodes)
        for finding in each.findings
        if finding.kind is Kind.FAILED
    }


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
