"""What asking about an episode came to: a line of JSON in the batch's outcomes file."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from subtasks import files
from subtasks.answers import Answer
from subtasks.problem import Problem


@dataclass(frozen=True, slots=True)
class Outcome:
    """The model's answer about an episode, or the reason why there is none.

    `asked` counts requests that were sent, `stored` replies taken from the store, and
    `usage` adds up the tokens of both as the API counted them.
    """

    episode: int
    answer: Answer | None
    reason: str | None
    asked: int
    stored: int
    usage: dict[str, int]


def write(path: Path, outcomes: Iterable[Outcome]) -> None:
    """Write outcomes in the order of their episodes, the whole file or none of it."""
    ordered = sorted(outcomes, key=lambda outcome: outcome.episode)
    lines = (json.dumps(asdict(outcome), ensure_ascii=False) + "\n" for outcome in ordered)
    files.write_text(path, "".join(lines))


def read(path: Path) -> Iterator[Outcome]:
    """Read the outcomes of a batch; raises `Problem` for a file this program did not write."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            try:
                value = json.loads(line)
                if value["answer"] is not None:
                    value["answer"] = Answer.from_json(value["answer"])
                yield Outcome(**value)
            except (ValueError, TypeError, KeyError):
                raise Problem(f"{path} is damaged: remove it to make it again") from None


def find(path: Path, episode: int) -> Outcome:
    """Return the outcome of one episode."""
    for outcome in read(path):
        if outcome.episode == episode:
            return outcome
    raise Problem(f"{path} has no outcome of episode {episode}: remove it to make it again")


def add_usage(first: dict[str, int], second: dict[str, Any]) -> dict[str, int]:
    """Add two counts of tokens, kind by kind."""
    return {kind: first.get(kind, 0) + second.get(kind, 0) for kind in {**first, **second}}
