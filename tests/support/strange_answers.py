"""Responses with a status of success that the Claude API would not send.

They come from other endpoints, from proxies, and from models that write half a character.
"""

import json
from typing import Any

GOOD = '[{"time": 0.0, "subtask": "reach"}, {"time": 5.0, "subtask": "grasp"}]'
DEEP = 200_000


def message(**fields: Any) -> dict[str, Any]:
    """Return an answer of the Messages API; `fields` replace its own, and `...` removes one."""
    answer: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-opus-4-7",
        "content": [{"type": "text", "text": GOOD}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 5},
    }
    return {name: value for name, value in (answer | fields).items() if value is not ...}


def body(**fields: Any) -> bytes:
    """Return the body of an answer."""
    return json.dumps(message(**fields)).encode()


def saying(text: str) -> bytes:
    """Return the body of an answer with a text."""
    return body(content=[{"type": "text", "text": text}])


def counting(tokens: str) -> bytes:
    """Return the body of an answer in which a number of tokens is written in a way of its own."""
    return body().replace(b'"input_tokens": 10', b'"input_tokens": ' + tokens.encode())


USABLE = {
    "a lone surrogate in the text": saying(f"{GOOD} \ud800"),
    "a lone surrogate as the model": body(model="claude\udfff"),
    "a lone surrogate as the reason": body(stop_reason="\ud8ff"),
    "a NUL in the text": saying(f"{GOOD}\x00"),
    "content that is the text": body(content=GOOD),
    "content that is one block": body(content={"type": "text", "text": GOOD}),
    "content of texts": body(content=[GOOD]),
    "blocks of other types beside": body(
        content=[{"type": "hologram"}, None, 7, {"type": "text", "text": GOOD}]
    ),
    "UTF-16": json.dumps(message()).encode("utf-16"),
    "a byte-order mark": b"\xef\xbb\xbf" + body(),
    "no type": body(type=...),
    "no usage": body(usage=...),
    "usage null": body(usage=None),
    "usage a text": body(usage="12"),
    "usage a list": body(usage=[1, 2]),
    "usage negative": body(usage={"input_tokens": -5, "output_tokens": -1}),
    "usage in words": body(usage={"input_tokens": "twelve"}),
    "usage nested": body(usage={"input_tokens": {"a": 1}}),
    "usage true": body(usage={"input_tokens": True}),
    "usage huge": body(usage={"input_tokens": 10**30, "output_tokens": 1e300}),
    "usage infinite": counting("1e999"),
    "usage NaN": counting("NaN"),
    "usage of 5,000 digits": counting("9" * 5000),
    "no reason": body(stop_reason=...),
    "a number as the reason": body(stop_reason=7),
    "a list as the reason": body(stop_reason=["end_turn"]),
    "an unknown reason": body(stop_reason="pause_turn"),
    "no model": body(model=...),
    "a number as the model": body(model=9),
    "a blank model": body(model="  "),
    "a model of 100,000 characters": body(model="./" * 50_000),
    "a label of a million characters": saying(json.dumps([{"time": 0, "subtask": "a" * 10**6}])),
}
"""Answers from which subtasks can be read in spite of everything."""

UNUSABLE = {
    "content a number": body(content=42),
    "content null": body(content=None),
    "content true": body(content=True),
    "no content": body(content=...),
    "no blocks": body(content=[]),
    "blocks that are none": body(content=[None, 1, [], {}]),
    "a text that is null": body(content=[{"type": "text", "text": None}]),
    "a text that is a number": body(content=[{"type": "text", "text": 5}]),
    "thinking alone": body(content=[{"type": "thinking", "thinking": "…"}]),
    "an unknown block": body(content=[{"type": "hologram", "data": 1}]),
    "a tool": body(content=[{"type": "tool_use", "id": "1", "name": "x", "input": {}}]),
    "Latin-1": saying(GOOD.replace("reach", "@@")).replace(b"@@", b"caf\xe9"),
    "brackets in the text": saying("[" * DEEP),
    "braces in the text": saying('{"a":' * (DEEP // 5)),
    "brackets as the content": body(content="@").replace(b'"@"', b"[" * DEEP + b"]" * DEEP),
    "half an answer": body()[:-40],
    "a third of an answer": body()[:110],
    "something behind it": body() + b"xxx",
    "two answers": body() * 2,
    "content there twice": body()[:-1] + b', "content": 3}',
    "an infinite time": saying('[{"time": 1e999, "subtask": "a"}]'),
    "a time of 6,000 digits": saying(f'[{{"time": {"9" * 6000}, "subtask": "a"}}]'),
    "half a character as the label": saying('[{"time": 0, "subtask": "\\ud800"}]'),
}
"""Answers that are kept, and then found to give no subtasks."""

FOREIGN = {
    "a page": b"<html><body>Sign in to the hotel</body></html>",
    "nothing": b"",
    "null": b"null",
    "a number": b"5",
    "a text": b'"text"',
    "a list": b"[]",
    "brackets": b"[" * DEEP,
    "bytes": b"\xff\xfe\x00\x01" * 100,
    "other JSON": b'{"ok": true}',
    "half of other JSON": b'{"ok": tr',
    "a chat completion": json.dumps(
        {"object": "chat.completion", "choices": [{"message": {"content": GOOD}}], "usage": {}}
    ).encode(),
    "an error of its own": b'{"error": "no such thing"}',
    "events": b'event: message_start\ndata: {"message": {"content": []}}\n\n',
}
"""What is plainly not an answer of the Messages API."""
