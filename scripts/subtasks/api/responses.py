"""What is kept of a response that came with a status of success, whatever it holds.

It has been paid for. So whatever resembles an answer of the Messages API becomes a reply, as far
as it can be understood, and only then is judged like any other.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from subtasks.api.errors import Refused, Unavailable, classify_batch_error, not_the_claude_api
from subtasks.errors import Problem
from subtasks.questions.reply import Reply

MAX_TOKENS = 10**12
"""More tokens than any answer has; a count above it is no count."""

MAX_NAME = 200
"""Characters of a model's name."""

LONG_NUMBER = 20
"""Digits; Python refuses to read whole numbers of more than 4,300 with an error of its own."""

TRACES = (b'"content"', b'"stop_reason"', b'"usage"')
"""What an answer holds even where the JSON around it is damaged."""

WITHOUT_TEXT = ("thinking", "redacted_thinking")
"""Blocks that the API may send instead of a text, when an answer is cut off."""


@dataclass(frozen=True, slots=True)
class Received:
    """A reply, and the `body` it came in where the reply does not hold all that matters of it."""

    reply: Reply
    body: str = ""


def read_response(body: bytes, asked: str) -> Received:
    """Read the body of a response to a question; `asked` is the model that was asked.

    Raises `Fatal` if it is plainly not from the Messages API, and `Refused` or a `Problem` if it
    is an error in spite of its status.
    """
    text, is_whole = _decoded(body)
    try:
        message = json.loads(text, parse_int=_whole_number)
    except (ValueError, RecursionError):
        if not (text.lstrip().startswith("{") and any(trace in body for trace in TRACES)):
            raise not_the_claude_api() from None
        return Received(_reply(text, "", asked, {}), text)
    if not isinstance(message, dict):
        raise not_the_claude_api()
    if not _is_answer(message):
        _raise_error(message, asked)
        raise not_the_claude_api()
    reply, is_understood = _understood(message, asked)
    if not is_whole:
        # Words that lack letters must not become labels.
        reply = replace(reply, text=text)
    return Received(reply, "" if is_whole and is_understood else text)


def _is_answer(message: Mapping[str, Any]) -> bool:
    """Say whether a JSON object resembles an answer of the Messages API."""
    if message.get("type") == "message" or "stop_reason" in message:
        return True
    content = message.get("content")
    has_blocks = isinstance(content, list) and any(_fields(each).get("type") for each in content)
    return has_blocks or ("content" in message and ("usage" in message or "role" in message))


def _understood(message: Mapping[str, Any], asked: str) -> tuple[Reply, bool]:
    """Return a reply, and whether it holds all that the message says."""
    text, has_all_text = _text(message.get("content"))
    usage, has_all_counts = _counts(message.get("usage"))
    stop_reason, model = message.get("stop_reason"), message.get("model")
    is_named = isinstance(model, str) and 0 < len(model.strip()) <= MAX_NAME and model.isprintable()
    is_understood = (
        has_all_text
        and has_all_counts
        and (stop_reason is None or isinstance(stop_reason, str))
        and (is_named or model in (None, ""))
    )
    reply = _reply(
        text,
        stop_reason if isinstance(stop_reason, str) else "",
        # An answer without a name, or with one that nobody could write down, was still given by
        # the model that was asked, and has its price.
        str(model) if is_named else asked,
        usage,
    )
    return reply, is_understood


def _reply(text: str, stop_reason: str, model: str, usage: dict[str, int]) -> Reply:
    return Reply(
        text=text,
        stop_reason=stop_reason,
        model=model,
        usage=usage,
        received=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _text(content: Any) -> tuple[str, bool]:
    """Return the text in a message's content, and whether there is nothing else in it."""
    if isinstance(content, str):
        return content, True
    blocks = content if isinstance(content, list) else [content]
    texts, is_all = [], isinstance(content, list)
    for block in blocks:
        fields = {"type": "text", "text": block} if isinstance(block, str) else _fields(block)
        text = fields.get("text")
        if fields.get("type") == "text" and isinstance(text, str):
            texts.append(text)
        else:
            is_all = is_all and fields.get("type") in WITHOUT_TEXT
    return "".join(texts), is_all


def _counts(usage: Any) -> tuple[dict[str, int], bool]:
    """Return the tokens by kind, and whether every count could be read."""
    if usage is None:
        return {}, True
    counts, is_all = {}, True
    fields = _fields(usage)
    for kind, value in fields.items():
        # Other entries, such as the service tier, are not counts.
        if kind.endswith("_tokens") and kind.isidentifier() and value is not None:
            count = _count(value)
            if count is None:
                is_all = False
            else:
                counts[kind] = count
    return counts, is_all and bool(fields)


def _count(value: Any) -> int | None:
    """Return a number of tokens, None if the value is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdecimal() and len(value) < 16 else None
    if isinstance(value, float):
        value = int(value) if value.is_integer() else None
    return value if isinstance(value, int) and 0 <= value <= MAX_TOKENS else None


def _fields(value: Any) -> dict[str, Any]:
    """Return the fields of a JSON object; none of anything else."""
    return value if isinstance(value, dict) else {}


def _raise_error(message: Mapping[str, Any], asked: str) -> None:
    """Raise what an error means that came with a status of success; return if it is none."""
    error = message.get("error")
    if message.get("type") != "error" or not isinstance(error, dict):
        return
    meaning = classify_batch_error(error.get("type", ""), error.get("message", ""), asked)
    if isinstance(meaning, Refused | Problem):
        raise meaning
    raise Unavailable(f"the Claude API failed ({meaning})", time.time())


def _decoded(body: bytes) -> tuple[str, bool]:
    """Decode a body, and return whether that loses nothing.

    Bytes that are no UTF-8 become lone surrogates, from which they can be restored.
    """
    encoding = json.detect_encoding(body)
    try:
        return body.decode(encoding), True
    except UnicodeDecodeError:
        return body.decode("utf-8", "surrogateescape"), False


def _whole_number(digits: str) -> int | float:
    return int(digits) if len(digits) < LONG_NUMBER else float(digits)
