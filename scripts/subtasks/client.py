"""The SDK's client: where it asks, with which key, and what its errors mean for a run."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from subtasks.problem import Problem
from subtasks.replies import Reply

if TYPE_CHECKING:
    import anthropic

REQUEST_TIMEOUT_SECONDS = 600.0
KEY_FILE = "ANTHROPIC_API_KEY_FILE"
NO_CREDIT = ("credit balance", "billing")


class Refused(Exception):
    """The API refuses this one question; others may do."""


def connect(provider: str, base_url: str | None, max_retries: int) -> Any:
    """Make the SDK's asynchronous client of a provider. Raises `Problem` where there is no key.

    Keys come from the environment, as the SDK reads them, or from the file that
    ANTHROPIC_API_KEY_FILE names.
    """
    import anthropic

    options: dict[str, Any] = {
        "max_retries": max_retries,
        "timeout": REQUEST_TIMEOUT_SECONDS,
        "base_url": base_url,
    }
    if provider != "anthropic":
        name = {"bedrock": "AsyncAnthropicBedrock", "vertex": "AsyncAnthropicVertex"}[provider]
        try:
            return getattr(anthropic, name)(**options)
        except ImportError:
            raise Problem(
                f"claude.provider {provider} needs packages that are not installed: "
                f"pip install 'anthropic[{provider}]'"
            ) from None
        except (anthropic.AnthropicError, ValueError) as error:
            raise Problem(f"{provider} cannot be used: {_line(str(error))}") from None
    try:
        client = anthropic.AsyncAnthropic(**options, api_key=_key())
    except anthropic.AnthropicError as error:
        raise Problem(f"the Claude API cannot be used: {_line(str(error))}") from None
    if not (client.api_key or client.auth_token or client.credentials):
        raise Problem(
            "there is no key for the Claude API: set ANTHROPIC_API_KEY, or ANTHROPIC_API_KEY_FILE "
            "to a file that holds it, and run again"
        )
    return client


def _key() -> str | None:
    """Key from the file that is named for it; None leaves it to the SDK."""
    path = os.environ.get(KEY_FILE)
    if not path or os.environ.get("ANTHROPIC_API_KEY"):
        return None
    try:
        key = Path(path).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise Problem(f"{KEY_FILE} names {path}, which cannot be read") from None
    if not key:
        raise Problem(f"{KEY_FILE} names {path}, which is empty")
    return key


def judged(error: "anthropic.APIError", model: str) -> Exception:
    """Whom an error concerns: this question (`Refused`), or all there are (`Problem`)."""
    import anthropic

    if isinstance(error, anthropic.APIStatusError):
        return _judged_status(error.status_code, said(error.body) or error.message, model)
    if isinstance(error, anthropic.APIConnectionError):
        cause = error.__cause__ or error
        name = type(cause).__name__
        return Problem(
            f"the Claude API cannot be reached, after all retries ({name}: {_line(str(cause))}): "
            "run again later"
        )
    return Refused(f"the API's answer could not be read ({_line(error.message)})")


def _judged_status(status: int, message: str, model: str) -> Exception:
    message = _line(message)
    match status:
        case 401:
            return Problem(f"the Claude API does not accept the key ({message})")
        case 403:
            return Problem(f"the key may not use {model} ({message})")
        case 404:
            return Problem(f"the Claude API knows no model {model} ({message})")
        case 400 | 402 if any(words in message.lower() for words in NO_CREDIT):
            return Problem(f"the account has no credit left ({message})")
        case 429 | 529:
            return Problem(f"the Claude API stayed overloaded, after all retries ({message})")
        case _ if status >= 500:
            return Problem(f"the Claude API failed, after all retries ({status}: {message})")
    return Refused(f"the API refused the question ({status}: {message})")


def said(body: Any) -> str:
    """The message in the body of an error response."""
    error = body.get("error") if isinstance(body, dict) else None
    return str(error.get("message", "")) if isinstance(error, dict) else ""


def reply_of(message: "anthropic.types.Message", *, batch: bool) -> Reply:
    """What is kept of a response."""
    usage = message.usage.model_dump()
    return Reply(
        text="".join(block.text for block in message.content if block.type == "text"),
        stop_reason=message.stop_reason or "",
        model=message.model,
        # Other entries, such as the service tier, are no counts.
        usage={
            kind: count
            for kind, count in usage.items()
            if kind.endswith("_tokens") and isinstance(count, int)
        },
        batch=batch,
    )


def _line(text: str) -> str:
    return " ".join(text.split())[:300]
