"""A model's reply to one question."""

import logging
from dataclasses import dataclass

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the text, why it ended, and the tokens the API says it counted.

    `batch` tells whether it came through a message batch, which costs half; `received` when,
    as ISO 8601 in UTC.
    """

    text: str
    stop_reason: str
    model: str
    usage: dict[str, int]
    batch: bool = False
    received: str = ""
