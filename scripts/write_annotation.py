"""Write `meta/annotation.json`: where a dataset's labels come from and what they cost.

The program of rule write_annotation. The same outcomes give the same file.
"""

import argparse
import hashlib
import json
import logging
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from subtasks import files, program
from subtasks.api.options import add_prompt_option
from subtasks.cost import prices
from subtasks.cost.bill import Bill
from subtasks.episode_ranges import parse_ranges
from subtasks.errors import Problem
from subtasks.questions.outcome import Outcome
from subtasks.store import outcome_files
from subtasks.wording import counted
from subtasks.workflow.groups import group_name

PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"
DOLLAR_DIGITS = 6

log = logging.getLogger("subtasks")


def main() -> None:
    """Read the command line and the outcomes, write what they tell."""
    options = _options()
    episodes = parse_ranges(options.episodes)
    annotation = {
        "annotator": options.annotator,
        "workflow": _version(),
        "episodes": len(episodes),
        **json.loads(options.settings),
    }
    if options.outcomes is not None:
        annotation |= _asked(options, episodes)
    files.write_json(options.output, annotation)
    log.info("%s", counted(len(episodes), "episode"))


def _asked(options: argparse.Namespace, episodes: list[int]) -> dict[str, Any]:
    """What was asked, what it cost and what went wrong."""
    table = prices.read(options.prices)
    bill = Bill(table)
    failures = {}
    for outcome in _outcomes(options, episodes):
        for exchange in outcome.exchanges:
            bill.add(exchange)
        if outcome.answer is None:
            failures[str(outcome.episode)] = outcome.reason
    return {
        "prompts": {name: _prompt(Path(path)) for name, path in options.prompt},
        "failures": failures,
        "replies": bill.replies,
        "last_reply": bill.last or None,
        "tokens": bill.tokens,
        "usd": None if bill.dollars is None else round(bill.dollars, DOLLAR_DIGITS),
        "prices": table.date,
    }


def _outcomes(options: argparse.Namespace, episodes: list[int]) -> Iterator[Outcome]:
    """Outcomes of the selected episodes, in order."""
    left = set(episodes)
    for name in dict.fromkeys(group_name(i, options.group_size) for i in episodes):
        for outcome in outcome_files.read(options.outcomes / f"{name}.jsonl"):
            if outcome.episode in left:
                left.remove(outcome.episode)
                yield outcome
    if left:
        raise Problem(
            f"{options.outcomes} has no outcome of episode {min(left)}: remove it to make it again"
        )


def _prompt(path: Path) -> dict[str, str]:
    return {"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def _version() -> str:
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    return f"{project['name']} {project['version']}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--annotator", required=True, help="who found the subtasks")
    add("--episodes", required=True, help="selected episodes, such as 0-3,5")
    add("--settings", default="{}", help="settings the labels come from, as JSON")
    add("--outcomes", type=Path, help="folder of the outcomes, where a model was asked")
    add("--group-size", type=int, default=16, help="episodes of a group, each group having an outcomes file")
    add_prompt_option(parser, required=False)
    add("--prices", type=Path, help="table of prices, needed with --outcomes")
    add("--output", type=Path, required=True, help="JSON file to write")
    return parser.parse_args()


if __name__ == "__main__":
    program.run(main)
