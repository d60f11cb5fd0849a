"""Write where labels come from and what they cost; the program of rule write_annotation.

The file is `meta/annotation.json`. The same outcomes give the same file.
"""

import argparse
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from subtasks import files, program, project
from subtasks.api.options import add_prompt_options
from subtasks.cost import prices
from subtasks.cost.bill import Bill
from subtasks.cost.prices import Prices
from subtasks.episode_ranges import parse_ranges
from subtasks.errors import Problem
from subtasks.questions.answer_text import sendable
from subtasks.questions.outcome import Outcome
from subtasks.store import outcome_files, unification_file
from subtasks.store.unification_file import Unification
from subtasks.wording import counted
from subtasks.workflow.groups import group_name

USD_DECIMALS = 6

log = logging.getLogger("subtasks")


@dataclass(frozen=True)
class Options:
    """The command line."""

    annotator: str
    episodes: str
    settings: Path | None
    outcomes: Path | None
    refined: Path | None
    unified: Path | None
    group_size: int
    prompt: list[tuple[str, str]]
    protocol: Path | None
    prices: Path | None
    output: Path


def main() -> None:
    """Write the annotator, the settings, and for a model also failures, tokens and cost."""
    options = program.read_options(_parser(), Options)
    episodes = parse_ranges(options.episodes)
    annotation = {
        "annotator": options.annotator,
        "workflow": project.name_and_version(),
        "episodes": len(episodes),
        **_settings(options.settings),
    }
    if options.outcomes is not None:
        if options.prices is None:
            raise Problem("--outcomes needs --prices: give a price table")
        outcomes = list(_read_outcomes(options.outcomes, options.group_size, episodes))
        if options.refined is not None:
            outcomes += _read_outcomes(options.refined, options.group_size, episodes)
        annotation["prompts"] = {name: _named(Path(path)) for name, path in options.prompt}
        annotation["protocol"] = _named(options.protocol) if options.protocol else None
        unified = unification_file.read(options.unified) if options.unified else Unification()
        annotation |= _account(outcomes, unified, prices.read(options.prices))
    files.write_json(options.output, annotation)
    log.info("%s", counted(len(episodes), "episode"))


def _account(outcomes: Iterable[Outcome], unified: Unification, table: Prices) -> dict[str, Any]:
    """Return what went wrong, by episode, and what the replies cost."""
    bill = Bill(table)
    for exchange in unified.exchanges:
        bill.add(exchange)
    failures: dict[str, str | None] = {}
    for outcome in outcomes:
        for exchange in outcome.exchanges:
            bill.add(exchange)
        if outcome.answer is None:
            failures.setdefault(str(outcome.episode), outcome.reason and sendable(outcome.reason))
    return {
        "failures": failures,
        "replies": bill.replies,
        "last_reply": bill.last or None,
        "tokens": bill.tokens,
        "usd": None if bill.dollars is None else round(bill.dollars, USD_DECIMALS),
        "prices": table.date,
    }


def _read_outcomes(folder: Path, group_size: int, episodes: Sequence[int]) -> Iterator[Outcome]:
    """Read the outcomes of the episodes, in order; raise `Problem` if one is missing."""
    missing = set(episodes)
    for name in dict.fromkeys(group_name(episode, group_size) for episode in episodes):
        for outcome in outcome_files.read(folder / f"{name}.jsonl"):
            if outcome.episode in missing:
                missing.remove(outcome.episode)
                yield outcome
    if missing:
        raise Problem(f"{folder} has no outcome of episode {min(missing)}: remove it and run again")


def _settings(path: Path | None) -> dict[str, Any]:
    settings = {} if path is None else files.read_json(path)
    if not isinstance(settings, dict):
        raise Problem(f"{path} is damaged: remove it and run again")
    return settings


def _named(path: Path) -> dict[str, str]:
    return {"name": path.name, "sha256": files.sha256(path)}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--annotator", required=True, help="what found the subtasks, such as claude")
    add("--episodes", required=True, help="selected episodes, such as 0-3,5")
    add("--settings", type=Path, help="JSON file with the settings the labels come from")
    add("--outcomes", type=Path, help="folder of the outcomes files, if a model was asked")
    add("--refined", type=Path, help="folder of the outcomes of a second look, if there was one")
    add("--unified", type=Path, help="JSON file that says what unifying the labels took")
    add("--group-size", type=int, default=16, help="episodes of each outcomes file")
    add_prompt_options(parser, required=False)
    add("--prices", type=Path, help="price table, needed with --outcomes")
    add("--output", type=Path, required=True, help="JSON file to write")
    return parser


if __name__ == "__main__":
    program.run(main)
