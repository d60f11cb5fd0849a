"""A model's reply to one question."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply: its text, why it ended, and the tokens that the API counted, by kind.

    `batch` says whether it came through a message batch, which costs half. `received` is the time
    in UTC as ISO 8601.
    """

    text: str
    stop_reason: str
    model: str
    usage: dict[str, int]
    batch: bool = False
    received: str = ""
