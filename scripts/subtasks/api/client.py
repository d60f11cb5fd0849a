"""The SDK's client: where it asks, with which key, and what its errors mean for a run."""

import importlib.util
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from subtasks.api.api_key import read_key
from subtasks.api.connection import Connection
from subtasks.api.errors import not_the_claude_api, one_line, unusable_client
from subtasks.errors import Fatal
from subtasks.questions.reply import Reply

if TYPE_CHECKING:
    import anthropic

REQUEST_TIMEOUT_SECONDS = 600.0
# At this rate, at the least, an answer is written; the SDK reckons with it too.
TOKENS_PER_SECOND = 128_000 / 3600
# What the other providers' clients import only when they sign the first request, and the
# variable that makes it unnecessary.
PACKAGES = {"bedrock": ("boto3", "AWS_BEARER_TOKEN_BEDROCK"), "vertex": ("google.auth", "")}


def request_timeout(max_tokens: int) -> float:
    """Seconds after which an answer of at most so many tokens is given up.

    The answer comes in one piece and not as a stream: the SDK sends a request again whose
    connection broke, and would leave a stream that broke half way to us. It keeps the silent
    connection alive, so an answer may take as long as it has to.
    """
    return max(REQUEST_TIMEOUT_SECONDS, max_tokens / TOKENS_PER_SECOND)


def connect(connection: Connection, middleware: Sequence["anthropic.MiddlewareInput"] = ()) -> Any:
    """Make the SDK's asynchronous client of a provider. Raises `Problem` where there is no key.

    Keys come from the environment, as the SDK reads them, or from the file that
    ANTHROPIC_API_KEY_FILE names. `middleware` sees every attempt of a request.
    """
    import anthropic

    options: dict[str, Any] = {
        "max_retries": connection.max_retries,
        "timeout": REQUEST_TIMEOUT_SECONDS,
        "base_url": connection.base_url,
        "middleware": middleware,
    }
    provider = connection.provider
    if provider != "anthropic":
        name = {"bedrock": "AsyncAnthropicBedrock", "vertex": "AsyncAnthropicVertex"}[provider]
        package, instead = PACKAGES[provider]
        if not os.environ.get(instead) and not _installed(package):
            raise Fatal(
                f"claude.provider {provider} needs packages that are not installed: "
                f"pip install -e '.[{provider}]'"
            )
        try:
            return getattr(anthropic, name)(**options)
        except (anthropic.AnthropicError, ValueError) as error:
            raise unusable_client(provider, error) from None
    try:
        client = anthropic.AsyncAnthropic(**options, api_key=read_key())
    except anthropic.AnthropicError as error:
        raise Fatal(f"the Claude API cannot be used: {one_line(str(error))}") from None
    if not (client.api_key or client.auth_token or client.credentials):
        raise Fatal(
            "there is no key for the Claude API: set ANTHROPIC_API_KEY, or ANTHROPIC_API_KEY_FILE "
            "to a file that holds it, and run again"
        )
    return client


def _installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:  # of a package it lies in
        return False


def reply_of(message: "anthropic.types.Message", *, batch: bool) -> Reply:
    """What is kept of a response. Raises `Problem` for what is none of the Claude API's."""
    # The SDK takes anything that an endpoint sends with a status of success.
    if getattr(message, "content", None) is None:
        raise not_the_claude_api()
    usage = message.usage.model_dump() if message.usage else {}
    return Reply(
        text="".join(block.text for block in message.content if block.type == "text"),
        stop_reason=message.stop_reason or "",
        model=message.model or "",
        # Other entries, such as the service tier, are no counts.
        usage={
            kind: count
            for kind, count in usage.items()
            if kind.endswith("_tokens") and isinstance(count, int)
        },
        batch=batch,
        received=datetime.now(UTC).isoformat(timespec="seconds"),
    )
