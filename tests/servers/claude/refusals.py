"""Parses the body of a Messages request and refuses what the API refuses."""

import base64
import binascii
import io
from collections.abc import Iterator
from typing import Any

from PIL import Image, UnidentifiedImageError

from servers.claude import schemas
from servers.claude.errors import invalid, not_found
from servers.claude.models import MODELS, Model
from servers.claude.question import Block, Picture, Question, digest, fingerprint
from servers.claude.tokens import CACHE_SECONDS, image_tokens, text_tokens

_KEYS = {
    *("model", "messages", "max_tokens", "system", "metadata", "stop_sequences", "stream"),
    *("thinking", "output_config", "cache_control", "service_tier", "tools", "tool_choice"),
}
_SAMPLING_KEYS = {"temperature", "top_p", "top_k"}
_COUNTED_KEYS = _KEYS - {"max_tokens", "metadata", "stop_sequences", "stream", "service_tier"}
_MEDIA_TYPES = {f"image/{kind.lower()}": kind for kind in ("JPEG", "PNG", "GIF", "WEBP")}
MAX_CACHE_MARKS = 4
MAX_EDGE = 8000
MANY_IMAGES = 20
MAX_EDGE_OF_MANY = 2000
MAX_IMAGE_CHARACTERS = 10 * 1024 * 1024  # of base64
MIN_THINKING_BUDGET = 1024


def read(body: Any, *, count_only: bool = False, sampling: bool = False) -> Question:
    """Parse `body` into a question.

    Raises `ApiError` with the API's own words for what the API would refuse. `count_only` accepts
    a request to count tokens, which has no `max_tokens`. `sampling` accepts temperature and the
    like for models that support them, as the first version of the API does.
    """
    if not isinstance(body, dict):
        raise invalid("Input should be a valid dictionary")
    model = _model(body)
    allowed = _COUNTED_KEYS if count_only else _KEYS
    for key in sorted(body.keys() - allowed - (_SAMPLING_KEYS if sampling else set())):
        raise invalid(f"{key}: Extra inputs are not permitted")
    if body.get("tools") or body.get("tool_choice"):
        raise invalid("tools: this server does not know how to use tools")
    max_tokens = 0 if count_only else _max_tokens(body, model)
    thinks = _thinks(body, model, max_tokens)
    schema = _schema(body, model)
    head = {"model": model.name, "schema": schema, "thinking": body.get("thinking")}
    reader = _Reader(model)
    # The schema is part of the system prompt, so another schema makes another prefix.
    blocks = [Block(text_tokens(str(schema)) if schema else 0, fingerprint(head))]
    blocks += reader.blocks("system", _content("system", body.get("system", ""), empty=True))
    blocks += reader.messages(body)
    blocks = _marked(blocks, body)
    question = Question(
        digest=digest(body),
        model=model,
        max_tokens=max_tokens,
        thinks=thinks,
        effort=(body.get("output_config") or {}).get("effort") or "high",
        stream=body.get("stream") is True,
        schema=schema,
        texts=tuple(reader.texts),
        pictures=tuple(reader.pictures),
        blocks=tuple(blocks),
    )
    if question.input_tokens > model.context:
        raise invalid(
            f"prompt is too long: {question.input_tokens} tokens > {model.context} maximum"
        )
    return question


def _model(body: dict[str, Any]) -> Model:
    name = body.get("model")
    if name is None:
        raise invalid("model: Field required")
    if name not in MODELS:
        raise not_found(f"model: {name}")
    return MODELS[name]


def _max_tokens(body: dict[str, Any], model: Model) -> int:
    if "max_tokens" not in body:
        raise invalid("max_tokens: Field required")
    tokens = body["max_tokens"]
    if not isinstance(tokens, int) or isinstance(tokens, bool):
        raise invalid("max_tokens: Input should be a valid integer")
    if tokens < 1:
        raise invalid("max_tokens: Input should be greater than or equal to 1")
    if tokens > model.max_output:
        raise invalid(
            f"max_tokens: {tokens} > {model.max_output}, which is the maximum allowed number of "
            f"output tokens for {model.name}"
        )
    return tokens


def _thinks(body: dict[str, Any], model: Model, max_tokens: int) -> bool:
    for key in sorted(_SAMPLING_KEYS & body.keys()):
        if not model.sampling:
            raise invalid(f"`{key}` is deprecated for this model.")
    thinking = body.get("thinking")
    if thinking is None:
        return model.thinks
    kind = thinking.get("type") if isinstance(thinking, dict) else None
    if kind not in model.thinking:
        raise invalid(
            f'"thinking.type.{kind}" is not supported for this model. Use '
            f'"thinking.type.{model.thinking[-1]}"'
            + (' and "output_config.effort" to control thinking behavior.' if model.effort else ".")
        )
    if kind == "enabled":
        budget = thinking.get("budget_tokens")
        if not isinstance(budget, int) or budget < MIN_THINKING_BUDGET:
            raise invalid(
                "thinking.enabled.budget_tokens: Input should be greater than or equal to "
                f"{MIN_THINKING_BUDGET}"
            )
        if max_tokens and budget >= max_tokens:
            raise invalid("`max_tokens` must be greater than `thinking.budget_tokens`.")
    return kind in ("adaptive", "enabled")


def _schema(body: dict[str, Any], model: Model) -> dict[str, Any] | None:
    config = body.get("output_config") or {}
    if not isinstance(config, dict):
        raise invalid("output_config: Input should be a valid dictionary")
    for key in sorted(config.keys() - {"effort", "format"}):
        raise invalid(f"output_config.{key}: Extra inputs are not permitted")
    if (effort := config.get("effort")) is not None:
        if not model.effort:
            raise invalid("This model does not support the effort parameter.")
        if effort not in model.effort:
            allowed = ", ".join(f"'{level}'" for level in model.effort)
            raise invalid(f"output_config.effort: Input should be one of {allowed}")
    form = config.get("format")
    if form is None:
        return None
    if not isinstance(form, dict) or form.get("type") != "json_schema":
        raise invalid("output_config.format.type: Input should be 'json_schema'")
    schemas.check(form.get("schema"))
    return form["schema"]


def _content(path: str, content: Any, *, empty: bool = False) -> list[dict[str, Any]]:
    """Return content, a string or a list, as blocks."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content or not empty else []
    if not isinstance(content, list) or not all(isinstance(block, dict) for block in content):
        raise invalid(f"{path}: Input should be a string or a list of content blocks")
    return content


class _Reader:
    """Collects texts and pictures from content blocks."""

    def __init__(self, model: Model) -> None:
        self.texts: list[str] = []
        self.pictures: list[Picture] = []
        self._model = model
        self._images = 0

    def messages(self, body: dict[str, Any]) -> Iterator[Block]:
        """Return the blocks of all messages."""
        messages = body.get("messages")
        if messages is None:
            raise invalid("messages: Field required")
        if not isinstance(messages, list) or not all(isinstance(each, dict) for each in messages):
            raise invalid("messages: Input should be a valid list")
        if not messages:
            raise invalid("messages: at least one message is required")
        for index, message in enumerate(messages):
            if message.get("role") not in ("user", "assistant"):
                raise invalid(f"messages.{index}.role: Input should be 'user' or 'assistant'")
            for key in sorted(message.keys() - {"role", "content"}):
                raise invalid(f"messages.{index}.{key}: Extra inputs are not permitted")
        if messages[0]["role"] != "user":
            raise invalid('messages: first message must use the "user" role')
        if messages[-1]["role"] == "assistant" and not self._model.prefill:
            raise invalid(
                "This model does not support assistant message prefill. The conversation must "
                "end with a user message."
            )
        contents = [
            _content(f"messages.{index}.content", message.get("content"))
            for index, message in enumerate(messages)
        ]
        self._images = sum(block.get("type") == "image" for each in contents for block in each)
        if self._images > self._model.images:
            raise invalid(
                f"messages: Too much media: 0 document pages + {self._images} images > "
                f"{self._model.images}"
            )
        for index, (message, content) in enumerate(zip(messages, contents, strict=True)):
            if not content:
                raise invalid(f"messages.{index}: all messages must have non-empty content")
            path = f"messages.{index}.content"
            yield from self.blocks(path, content, role=message["role"])

    def blocks(
        self, path: str, content: list[dict[str, Any]], role: str = "user"
    ) -> Iterator[Block]:
        """Check content blocks and count their tokens."""
        for index, block in enumerate(content):
            where = f"{path}.{index}"
            kind = block.get("type")
            keep = _kept(where, block)
            name = fingerprint([role, {**block, "cache_control": None}])
            if kind == "text":
                yield Block(text_tokens(_text(block, where)), name, keep)
                if role == "user":
                    self.texts.append(block["text"])
            elif kind == "image" and path != "system":
                data, size = self._image(block, where)
                label = content[index - 1].get("text", "") if index else ""
                self.pictures.append(Picture(data, size, label))
                yield Block(image_tokens(self._model, *size), name, keep)
            elif kind in ("thinking", "redacted_thinking") and role == "assistant":
                yield Block(0, name)
            else:
                raise invalid(f"{where}: this server takes text and images, not {kind!r} blocks")

    def _image(self, block: dict[str, Any], where: str) -> tuple[bytes, tuple[int, int]]:
        source = block.get("source")
        if not isinstance(source, dict) or source.get("type") != "base64":
            raise invalid(f"{where}.image.source: this server takes base64 images only")
        where = f"{where}.image.source.base64"
        media_type = source.get("media_type")
        if media_type not in _MEDIA_TYPES:
            allowed = ", ".join(f"'{each}'" for each in _MEDIA_TYPES)
            raise invalid(f"{where}.media_type: Input should be one of {allowed}")
        text = source.get("data")
        if not isinstance(text, str) or not text:
            raise invalid(f"{where}.data: Input should be a valid string")
        if len(text) > MAX_IMAGE_CHARACTERS:
            raise invalid(
                f"{where}: image exceeds 10 MB maximum: {len(text)} bytes > "
                f"{MAX_IMAGE_CHARACTERS} bytes"
            )
        try:
            data = base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise invalid(f"{where}.data: Invalid base64 data") from error
        try:
            with Image.open(io.BytesIO(data)) as image:
                size, kind = image.size, image.format
        except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
            raise invalid(f"{where}.data: Could not process image") from error
        if kind != _MEDIA_TYPES[media_type]:
            raise invalid(
                f"{where}: The image was specified using the {media_type} media type, but the "
                f"image appears to be a image/{str(kind).lower()} image"
            )
        self._check_size(size, f"{where}.data")
        return data, size

    def _check_size(self, size: tuple[int, int], where: str) -> None:
        message = f"{where}: At least one of the image dimensions exceed max allowed size"
        if max(size) > MAX_EDGE:
            raise invalid(f"{message}: {MAX_EDGE} pixels")
        if self._images > MANY_IMAGES and max(size) > MAX_EDGE_OF_MANY:
            raise invalid(f"{message} for many-image requests: {MAX_EDGE_OF_MANY} pixels")


def _text(block: dict[str, Any], where: str) -> str:
    text = block.get("text")
    if not isinstance(text, str):
        raise invalid(f"{where}.text: Input should be a valid string")
    if not text:
        raise invalid(f"{where}: text content blocks must be non-empty")
    if not text.strip():
        raise invalid(f"{where}: text content blocks must contain non-whitespace text")
    return text


def _kept(where: str, holder: dict[str, Any]) -> str | None:
    """Return the lifetime of a `cache_control` mark."""
    mark = holder.get("cache_control")
    if mark is None:
        return None
    if not isinstance(mark, dict) or mark.get("type") != "ephemeral":
        raise invalid(f"{where}.cache_control.type: Input should be 'ephemeral'")
    keep = mark.get("ttl", "5m")
    if keep not in CACHE_SECONDS:
        raise invalid(f"{where}.cache_control.ephemeral.ttl: Input should be '5m' or '1h'")
    return keep


def _marked(blocks: list[Block], body: dict[str, Any]) -> list[Block]:
    """Check the number of cache marks; a mark on the request counts as one on its last block."""
    if keep := _kept("request", body):
        last = blocks[-1]
        blocks = [*blocks[:-1], Block(last.tokens, last.fingerprint, last.keep or keep)]
    marks = sum(block.keep is not None for block in blocks)
    if marks > MAX_CACHE_MARKS:
        raise invalid(
            f"A maximum of {MAX_CACHE_MARKS} blocks with cache_control may be provided. "
            f"Found {marks}."
        )
    return blocks
