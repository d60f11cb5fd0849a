"""Find the episodes whose labels a person should look at first; the program of rule check_labels.

Nobody is asked: the labels of a dataset are compared with one another and with the robot's motion.
"""

import argparse
import logging
import math
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from subtasks import episode_facts, files, program
from subtasks.checks import asking, check_file, ranking
from subtasks.checks.finding import FAILED_SCORE, Finding, Kind
from subtasks.checks.labelled import Labelled, stretches
from subtasks.checks.moments import Moments, moments_of
from subtasks.episode_ranges import episode_id, parse_ranges
from subtasks.errors import Problem
from subtasks.motion import curve_files
from subtasks.motion.curve_files import Curves
from subtasks.questions.outcome import Outcome
from subtasks.segments import corrections, subtask_files
from subtasks.segments.segment import Segment
from subtasks.store import outcome_files
from subtasks.wording import counted, one_line
from subtasks.workflow.groups import group_name

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    episodes: str
    listed: Path | None
    facts: Path | None
    faults: Path | None
    subtasks: Path
    measured: Path | None
    outcomes: Path | None
    refined: Path | None
    failures: Path | None
    corrections: Path | None
    group_size: int
    fps: float
    output: Path


@dataclass(slots=True)
class Group:
    """What is known of the episodes of a group: task and length, faults, motion and outcomes."""

    about: dict[int, tuple[str, int]] = field(default_factory=dict)
    faults: dict[int, str] = field(default_factory=dict)
    moments: dict[int, Moments] = field(default_factory=dict)
    outcomes: dict[int, list[Outcome]] = field(default_factory=dict)


def main() -> None:
    """Write the findings, the oddest episode first."""
    options = program.read_options(_parser(), Options)
    if not (math.isfinite(options.fps) and options.fps > 0):
        raise Problem(f"--fps {options.fps}: must be a finite number above 0")
    episodes, found = _read(options)
    checked = ranking.check(episodes, found)
    corrected = _corrected(options)
    checked = [each for each in checked if each.episode not in corrected]
    check_file.write(options.output, checked)
    log.info("%s checked, %d to look at", counted(len(episodes), "episode"), len(checked))


def _read(options: Options) -> tuple[list[Labelled], dict[int, list[Finding]]]:
    """Return the episodes with labels, and what is known of episodes without comparing them."""
    stored = _read_json(options.faults, {}) if options.faults is not None else {}
    faults = {int(number): why for number, why in stored.items()}
    corrected = _corrected(options)
    numbers = sorted({*parse_ranges(options.episodes), *faults})
    found: dict[int, list[Finding]] = {}
    episodes: list[Labelled] = []
    groups: dict[str, list[int]] = {}
    for number in numbers:
        groups.setdefault(group_name(number, options.group_size), []).append(number)
    for name, members in groups.items():
        group = _group(options, name)
        group.faults |= faults
        for number in members:
            segments, why = _labels(options, group, number)
            if not segments:
                found[number] = [Finding(Kind.FAILED, FAILED_SCORE, None, _plain(why))]
                continue
            task, length = group.about.get(number, ("", 0))
            episodes.append(
                Labelled(
                    number,
                    task,
                    stretches(segments, length / options.fps),
                    group.moments.get(number),
                )
            )
            if number not in corrected:
                found[number] = list(asking.check(group.outcomes.get(number, [])))
    return episodes, found


def _group(options: Options, name: str) -> Group:
    """Read what is known of a group; files that are not there say nothing."""
    group = Group()
    if options.listed is not None:
        for number, entry in _read_json(options.listed / f"{name}.json", {}).items():
            group.about[int(number)] = entry["task"], entry["length"]
    if options.facts is not None:
        with suppress(FileNotFoundError):
            for episode, facts in episode_facts.read(options.facts / f"{name}.json").items():
                group.about[episode] = facts.task, facts.length
                if facts.fault is not None:
                    group.faults[episode] = facts.fault
    if options.measured is not None:
        with suppress(FileNotFoundError):
            for episode, measured in curve_files.read(options.measured / f"{name}.json").items():
                if isinstance(measured, Curves):
                    group.moments[episode] = moments_of(measured)
    for folder in (options.outcomes, options.refined):
        if folder is not None:
            with suppress(FileNotFoundError):
                for outcome in outcome_files.read(folder / f"{name}.jsonl"):
                    group.outcomes.setdefault(outcome.episode, []).append(outcome)
    return group


def _labels(options: Options, group: Group, number: int) -> tuple[list[Segment], str]:
    """Return an episode's labels, or why it has none."""
    path = options.subtasks / subtask_files.FILE_NAME.format(episode_index=number)
    try:
        segments = subtask_files.load(path)
    except FileNotFoundError:
        segments = []
    except Problem as problem:
        return [], str(problem)
    if segments:
        return segments, ""
    return [], _failure(options, group, number)


def _failure(options: Options, group: Group, number: int) -> str:
    """Say in one sentence why an episode has no labels."""
    if number in group.faults:
        return group.faults[number]
    for outcome in group.outcomes.get(number, []):
        if outcome.answer is None and outcome.reason:
            return outcome.reason
    if options.failures is not None:
        said = _read_json(options.failures / f"{episode_id(number)}.log.json", {})
        if isinstance(said, dict) and isinstance(said.get("reason"), str):
            return str(said["reason"])
    return "it has no labels"


def _plain(sentence: str) -> str:
    """Return a sentence on one line, without what could change how a terminal shows it."""
    folded = one_line(sentence)
    return "".join(char for char in folded if char.isprintable())


def _corrected(options: Options) -> frozenset[int]:
    """Return the episodes whose labels a person has corrected or accepted."""
    if options.corrections is None:
        return frozenset()
    reviewed = corrections.reviewed(options.corrections)
    return reviewed.accepted | reviewed.corrected


def _read_json(path: Path, default: Any) -> Any:
    try:
        return files.read_json(path)
    except FileNotFoundError:
        return default


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--episodes", required=True, help="selected episodes, such as 0-3,5")
    add("--listed", type=Path, help="folder of what the metadata says of groups")
    add("--facts", type=Path, help="folder of what is known of groups' episodes")
    add("--faults", type=Path, help="JSON: episodes that cannot be labelled, and why")
    add("--subtasks", type=Path, required=True, help="folder of the subtasks files")
    add("--measured", type=Path, help="folder of the motion of groups, if it is known")
    add("--outcomes", type=Path, help="folder of the outcomes files, if a model was asked")
    add("--refined", type=Path, help="folder of the outcomes of a second look, if there was one")
    add("--failures", type=Path, help="folder of the logs that say why an episode has no labels")
    add("--corrections", type=Path, help="folder of labels a person has seen, which are not listed")
    add("--group-size", type=int, default=16, help="episodes of a group (%(default)s)")
    add("--fps", type=float, required=True, help="frames per second of the episodes")
    add("--output", type=Path, required=True, help="JSON file to write")
    return parser


if __name__ == "__main__":
    program.run(main)
