"""The SDK's client, and what is kept of the API's responses."""

import importlib.util
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from subtasks.api.api_key import missing_key, read_key, read_token
from subtasks.api.connection import Connection
from subtasks.api.errors import not_the_claude_api, unusable_client
from subtasks.errors import Fatal
from subtasks.questions.reply import Reply
from subtasks.wording import one_line

if TYPE_CHECKING:
    import anthropic

REQUEST_TIMEOUT_SECONDS = 600.0
TOKENS_PER_SECOND = 128_000 / 3600
"""The slowest rate at which an answer is written; the SDK assumes the same."""

CLASSES = {"bedrock": "AsyncAnthropicBedrock", "vertex": "AsyncAnthropicVertex"}
PACKAGES = {"bedrock": ("boto3", "AWS_BEARER_TOKEN_BEDROCK"), "vertex": ("google.auth", "")}
"""What a provider's client imports only to sign its first request, and the variable that makes
signing unnecessary."""


def connect(connection: Connection, middleware: Sequence["anthropic.MiddlewareInput"] = ()) -> Any:
    """Make the SDK's asynchronous client; `middleware` sees every attempt of a request.

    The key comes from the environment, as the SDK reads it, or from the file that
    ANTHROPIC_API_KEY_FILE names. Raises `Fatal` if there is no key, or if the provider needs
    packages that are not installed.
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
        package, alternative = PACKAGES[provider]
        if not os.environ.get(alternative) and not _installed(package):
            raise Fatal(
                f"claude.provider {provider} needs packages that are not installed: "
                f"pip install -e '.[{provider}]'"
            )
        try:
            return getattr(anthropic, CLASSES[provider])(**options)
        except (anthropic.AnthropicError, ValueError) as error:
            raise unusable_client(provider, error) from None
    if sentence := missing_key(provider):
        raise Fatal(sentence)
    key = read_key()
    try:
        return anthropic.AsyncAnthropic(
            **options, api_key=key, auth_token=None if key else read_token()
        )
    except (anthropic.AnthropicError, ValueError) as error:
        raise Fatal(f"the Claude API cannot be used: {one_line(str(error))}") from None


def _installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:  # its parent package
        return False


def request_timeout(max_tokens: int) -> float:
    """Return the seconds after which to give up on an answer of at most `max_tokens` tokens.

    Answers are not streamed: the SDK repeats a request whose connection broke, but would leave
    a broken stream to us. It keeps silent connections alive, so an answer may take its time.
    """
    return max(REQUEST_TIMEOUT_SECONDS, max_tokens / TOKENS_PER_SECOND)


def reply_of(message: "anthropic.types.Message", *, batch: bool) -> Reply:
    """Make a reply of the API's response. Raises `Fatal` for one the Claude API would not give."""
    # The SDK accepts whatever an endpoint sends with a status of success.
    if getattr(message, "content", None) is None:
        raise not_the_claude_api()
    usage = message.usage.model_dump() if message.usage else {}
    return Reply(
        text="".join(block.text for block in message.content if block.type == "text"),
        stop_reason=message.stop_reason or "",
        model=message.model or "",
        # Other entries, such as the service tier, are not counts.
        usage={
            kind: count
            for kind, count in usage.items()
            if kind.endswith("_tokens") and isinstance(count, int)
        },
        batch=batch,
        received=datetime.now(UTC).isoformat(timespec="seconds"),
    )
