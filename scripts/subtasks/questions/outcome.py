"""What asking about one episode came to."""

from dataclasses import dataclass

from subtasks.questions.answers import Answer


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
