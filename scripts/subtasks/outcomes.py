"""What asking about an episode came to: a line of JSON in the batch's outcomes file."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from subtasks import files
from subtasks.answers import Answer
from subtasks.problem import Problem


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and the account of its reply, whether that was new or came from the store.

    `question` is the key the reply lies under, `purpose` the pass that asked, `effort` how hard
    the model was told to think (None: not at all where it allows that); `model`, `batch`,
    `usage` (tokens by kind, as the API counted them) and `received` are the reply's own.
    """

    question: str
    purpose: str
    effort: str | None
    stored: bool
    model: str
    batch: bool
    usage: dict[str, int]
    received: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The model's answer about an episode, or the reason why there is none, and what it took."""

    episode: int
    answer: Answer | None
    reason: str | None
    exchanges: tuple[Exchange, ...] = ()

    @property
    def asked(self) -> int:
        """Requests that were sent."""
        return sum(not exchange.stored for exchange in self.exchanges)

    @property
    def stored(self) -> int:
        """Replies that were taken from the store."""
        return sum(exchange.stored for exchange in self.exchanges)


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
                value["exchanges"] = tuple(Exchange(**each) for each in value["exchanges"])
                yield Outcome(**value)
            except (ValueError, TypeError, KeyError):
                raise Problem(f"{path} is damaged: remove it to make it again") from None


def find(path: Path, episode: int) -> Outcome:
    """Return the outcome of one episode."""
    for outcome in read(path):
        if outcome.episode == episode:
            return outcome
    raise Problem(f"{path} has no outcome of episode {episode}: remove it to make it again")
