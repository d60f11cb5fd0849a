"""A question to the model: its content, its key in the reply store, and the request it becomes."""

import base64
import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import Any

MAX_QUOTED = 2000
"""Characters of an unusable answer that the second question quotes."""


@dataclass(frozen=True, slots=True)
class Jpeg:
    """An image exactly as it is sent, and its size in pixels."""

    data: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Question:
    """A question: everything that the answer depends on.

    `content` is text and images in the order in which the model sees them. `schema` is a JSON
    schema for the answer, or None for free text. With `effort` None the model answers without
    thinking, if it can. `cached` is how many parts at the beginning of `content` a second question
    shares: the API may cache them, which changes the price but not the answer. `purpose` names the
    pass that asks. The last two are not part of the key.
    """

    model: str
    max_tokens: int
    effort: str | None
    schema: dict[str, Any] | None
    content: tuple[str | Jpeg, ...]
    cached: int = field(default=0, compare=False)
    purpose: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """SHA-256 of what the answer depends on, as 64 hexadecimal digits."""
        meaning = [
            self.model,
            self.max_tokens,
            self.effort,
            self.schema,
            [
                part if isinstance(part, str) else {"jpeg": hashlib.sha256(part.data).hexdigest()}
                for part in self.content
            ],
        ]
        text = json.dumps(meaning, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def again(self, answer: str, fault: str) -> "Question":
        """Return the question followed by an unusable answer and the reason, `fault`."""
        quoted = answer.strip()[:MAX_QUOTED] or "(nothing)"
        note = (
            "An earlier answer to this could not be used.\n"
            f"The answer was:\n{quoted}\n"
            f"What was wrong: {fault}.\n"
            "Answer again, and only in the form that was asked for."
        )
        return replace(self, content=(*self.content, note))

    def request(self, *, cache: bool) -> dict[str, Any]:
        """Return the body of a Messages API request; `cache` marks the parts that are `cached`."""
        content = [_block(part) for part in self.content]
        if cache and self.cached:
            content[self.cached - 1]["cache_control"] = {"type": "ephemeral"}
        body: dict[str, Any] = {
            "model": self.model,
            "max_tokens": self.max_tokens,
            "messages": [{"role": "user", "content": content}],
        }
        output: dict[str, Any] = {}
        if self.schema is not None:
            output["format"] = {"type": "json_schema", "schema": _sendable_json(self.schema)}
        if self.effort is not None:
            output["effort"] = self.effort
            body["thinking"] = {"type": "adaptive"}
        if output:
            body["output_config"] = output
        return body


def _block(part: str | Jpeg) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": _sendable(part)}
    return {
        "type": "image",
        "source": {
            "type": "base64",
            "media_type": "image/jpeg",
            "data": base64.b64encode(part.data).decode("ascii"),
        },
    }


def _sendable(text: str) -> str:
    """Replace lone surrogates, which no request can hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _sendable_json(schema: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(schema, ensure_ascii=False)
    sendable: dict[str, Any] = json.loads(_sendable(text)) if not text.isascii() else schema
    return sendable
