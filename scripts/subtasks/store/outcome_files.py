"""Outcomes files: for each episode of a group, a line of JSON with what asking about it gave."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from subtasks import files
from subtasks.errors import Problem
from subtasks.questions.answers import Answer
from subtasks.questions.outcome import Exchange, Outcome


def write(path: Path, outcomes: Iterable[Outcome]) -> None:
    """Write the outcomes of a group in the order of episodes, the whole file or none of it."""
    ordered = sorted(outcomes, key=lambda outcome: outcome.episode)
    lines = (json.dumps(asdict(outcome), ensure_ascii=False) + "\n" for outcome in ordered)
    files.write_text(path, "".join(lines))


def read(path: Path) -> Iterator[Outcome]:
    """Read the outcomes of a group. Raises `Problem` for a damaged file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            try:
                value = json.loads(line)
                if value["answer"] is not None:
                    value["answer"] = Answer.from_json(value["answer"])
                value["exchanges"] = tuple(Exchange(**each) for each in value["exchanges"])
                value["remarks"] = tuple(value.get("remarks", ()))
                yield Outcome(**value)
            except (ValueError, TypeError, KeyError, RecursionError):
                raise Problem(f"{path} is damaged: remove it and run again") from None


def find(path: Path, episode: int) -> Outcome:
    """Return the outcome of one episode. Raises `Problem` if the file has none."""
    for outcome in read(path):
        if outcome.episode == episode:
            return outcome
    raise Problem(f"{path} has no outcome of episode {episode}: remove it and run again")
