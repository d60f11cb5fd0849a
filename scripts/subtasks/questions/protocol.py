"""Protocols: what counts as a subtask and when each begins, which all prompts say alike."""

import re
from dataclasses import dataclass
from typing import Self

NEUTRAL_EXAMPLE = '{"subtasks": [{"time": 0.0, "subtask": "…"}, {"time": 1.5, "subtask": "…"}]}'
"""Shows the form of an answer where a protocol has no example of its own."""

_EXAMPLE = re.compile(r"^##[ \t]+Example[ \t\r]*$", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Protocol:
    """Definitions of subtasks, and the JSON of an answer that follows them."""

    definitions: str
    example: str = NEUTRAL_EXAMPLE

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read a protocol: definitions, and under the heading `## Example` an example answer."""
        definitions, *rest = _EXAMPLE.split(text, maxsplit=1)
        return cls(definitions.strip(), "".join(rest).strip() or NEUTRAL_EXAMPLE)
