"""Requests to the Messages API, through the SDK and without it."""

import base64
import contextlib
import http.client
import io
import json
from typing import Any

import anthropic
from PIL import Image

from servers.claude import ClaudeServer

MODEL = "claude-opus-4-7"
LABELS = [
    {"time": 0.0, "subtask": "reach for the cup"},
    {"time": 2.0, "subtask": "grasp the cup"},
    {"time": 5.5, "subtask": "place the cup"},
]
SCHEMA = {
    "type": "object",
    "properties": {
        "subtasks": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"time": {"type": "number"}, "subtask": {"type": "string"}},
                "required": ["time", "subtask"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["subtasks"],
    "additionalProperties": False,
}


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def encoded(image: Image.Image, kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def picture(
    width: int = 64, height: int = 48, kind: str = "JPEG", media_type: str | None = None
) -> dict[str, Any]:
    return sent(encoded(Image.new("RGB", (width, height)), kind), media_type or f"image/{kind}")


def sent(data: bytes, media_type: str = "image/jpeg") -> dict[str, Any]:
    source = {"type": "base64", "media_type": media_type.lower()}
    return {"type": "image", "source": {**source, "data": base64.b64encode(data).decode()}}


def asking(*content: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a valid request with changes; a change to None removes the key."""
    content = content or (text("Duration: 8.00 s"), text("Sheet 1: 0.0 s to 8.0 s"), picture())
    body = {
        "model": MODEL,
        "max_tokens": 2000,
        "messages": [{"role": "user", "content": list(content)}],
        "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}},
    }
    return {key: value for key, value in (body | changes).items() if value is not None}


def with_schema(schema: Any) -> dict[str, Any]:
    return {"format": {"type": "json_schema", "schema": schema}}


def client(server: ClaudeServer, **options: Any) -> anthropic.Anthropic:
    options = {"api_key": server.key, "max_retries": 0} | options
    return anthropic.Anthropic(base_url=server.url, **options)


def raw(
    server: ClaudeServer, body: Any, path: str = "/v1/messages", **headers: str | None
) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Send a request without the SDK; return status, headers and body of the response."""
    port = int(server.url.rsplit(":", 1)[1])
    known = {"x-api-key": server.key, "anthropic-version": "2026-10-21"}
    known |= {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {name: value for name, value in known.items() if value is not None}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("POST", path, data, sent)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), json.loads(answer.read())


def said(message: anthropic.types.Message) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def submit(server: ClaudeServer, *bodies: dict[str, Any]) -> str:
    requests = [
        {"custom_id": f"episode_{index}", "params": body} for index, body in enumerate(bodies)
    ]
    return client(server).messages.batches.create(requests=requests).id
