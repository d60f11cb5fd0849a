"""The SDK's client: where it asks, with which key, and what its errors mean for a run."""

import importlib.util
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from subtasks.problem import Fatal, Problem
from subtasks.replies import Reply

if TYPE_CHECKING:
    import anthropic

REQUEST_TIMEOUT_SECONDS = 600.0
# At this rate, at the least, an answer is written; the SDK reckons with it too.
TOKENS_PER_SECOND = 128_000 / 3600
KEY, KEY_FILE = "ANTHROPIC_API_KEY", "ANTHROPIC_API_KEY_FILE"
NO_CREDIT = ("credit balance", "billing")
# What the other providers' clients import only when they sign the first request, and the
# variable that makes it unnecessary.
PACKAGES = {"bedrock": ("boto3", "AWS_BEARER_TOKEN_BEDROCK"), "vertex": ("google.auth", "")}
# What went wrong with one request of a message batch, as the status it would have had live.
STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
}


def patience(max_tokens: int) -> float:
    """Seconds after which an answer of at most so many tokens is given up.

    The answer comes in one piece and not as a stream: the SDK sends a request again whose
    connection broke, and would leave a stream that broke half way to us. It keeps the silent
    connection alive, so an answer may take as long as it has to.
    """
    return max(REQUEST_TIMEOUT_SECONDS, max_tokens / TOKENS_PER_SECOND)


class Refused(Exception):
    """The API refuses this one question; others may do."""


Answered = tuple[Reply, bool] | Refused
"""What asking came to: the reply and whether the store had it already, or why there is none."""


def connect(
    provider: str,
    base_url: str | None,
    max_retries: int,
    middleware: Sequence["anthropic.MiddlewareInput"] = (),
) -> Any:
    """Make the SDK's asynchronous client of a provider. Raises `Problem` where there is no key.

    Keys come from the environment, as the SDK reads them, or from the file that
    ANTHROPIC_API_KEY_FILE names. `middleware` sees every attempt of a request.
    """
    import anthropic

    options: dict[str, Any] = {
        "max_retries": max_retries,
        "timeout": REQUEST_TIMEOUT_SECONDS,
        "base_url": base_url,
        "middleware": middleware,
    }
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
            raise unusable(provider, error) from None
    try:
        client = anthropic.AsyncAnthropic(**options, api_key=_key())
    except anthropic.AnthropicError as error:
        raise Fatal(f"the Claude API cannot be used: {_line(str(error))}") from None
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


def _key() -> str | None:
    """Key from the environment or the file that is named for it; None where there is neither."""
    if given := os.environ.get(KEY, "").strip():
        key, origin = given, KEY
    elif path := os.environ.get(KEY_FILE):
        origin = f"{KEY_FILE} names {path}, which"
        try:
            key = Path(path).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, RuntimeError, UnicodeDecodeError):
            raise Fatal(f"{origin} cannot be read") from None
        if not key:
            raise Fatal(f"{origin} is empty")
    else:
        return None
    # It could not be sent, and the error about that would show it.
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise Fatal(f"{origin} holds characters that no key has")
    return key


def _origin_of_key() -> str:
    """Where a person finds the key that was sent."""
    if os.environ.get(KEY, "").strip():
        return KEY
    path = os.environ.get(KEY_FILE)
    return f"{path}, which {KEY_FILE} names" if path else "the credentials in use"


def unusable(provider: str, error: Exception) -> Problem:
    """Say that a provider's client cannot work here, for the reason it gives."""
    return Fatal(f"claude.provider {provider} cannot be used: {_line(str(error))}")


def judged(error: "anthropic.APIError", model: str) -> Refused | Problem:
    """Whom an error concerns: this question (`Refused`), or all there are (`Problem`)."""
    import anthropic

    if isinstance(error, anthropic.APIStatusError):
        return _judged_status(error.status_code, said(error.body) or error.message, model)
    if isinstance(error, anthropic.APIConnectionError):
        cause = error.__cause__ or error
        name, reason = type(cause).__name__, _line(str(cause))
        if name == "LocalProtocolError":
            # Its text quotes the header, which may be the one that holds a key.
            reason = "a header cannot be sent: look for line breaks in ANTHROPIC_ variables"
        return Problem(
            f"the Claude API cannot be reached, after all retries ({name}: {reason}): "
            "run again later"
        )
    return Refused(f"the API's answer could not be read ({_line(error.message)})")


def judged_in_batch(kind: str, message: str, model: str) -> Refused | Problem | str:
    """Judge what went wrong with one request of a batch; a text where it may be asked again."""
    status = STATUS.get(kind)
    return _judged_status(status, message, model) if status else f"{kind}: {_line(message)}"


def _judged_status(status: int, message: str, model: str) -> Refused | Problem:
    message = _line(message)
    match status:
        case 401:
            return Fatal(
                f"the Claude API does not accept the key ({message}): check {_origin_of_key()}"
            )
        case 403:
            return Fatal(f"the key may not use {model} ({message})")
        case 404 if model and model in message:
            return Fatal(f"the Claude API knows no model {model} ({message})")
        case 404:
            return Fatal(
                f"the endpoint does not have what it was asked for ({message}): check "
                "claude.base_url, claude.model, and claude.api: not all have message batches"
            )
        case 400 if not any(words in message.lower() for words in NO_CREDIT):
            return Refused(f"the API refused the question ({status}: {message})")
        case 400 | 402:
            return Fatal(f"the account has no credit left ({message})")
        case 429 | 529:
            return Problem(f"the Claude API stayed overloaded, after all retries ({message})")
        case _ if status >= 500:
            return Problem(f"the Claude API failed, after all retries ({status}: {message})")
    return Refused(f"the API refused the question ({status}: {message})")


def said(body: Any) -> str:
    """The message in the body of an error response."""
    error = body.get("error") if isinstance(body, dict) else None
    return str(error.get("message", "")) if isinstance(error, dict) else ""


def foreign() -> Problem:
    """Say that something answers which is not the Claude API."""
    return Fatal("the endpoint does not answer like the Claude API: check claude.base_url")


def reply_of(message: "anthropic.types.Message", *, batch: bool) -> Reply:
    """What is kept of a response. Raises `Problem` for what is none of the Claude API's."""
    # The SDK takes anything that an endpoint sends with a status of success.
    if getattr(message, "content", None) is None:
        raise foreign()
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


def _line(text: str) -> str:
    return " ".join(text.split())[:300]
