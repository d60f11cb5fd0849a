"""What an error of the API means: whom it concerns, and the sentence a user reads."""

from typing import TYPE_CHECKING, Any

from subtasks.errors import Fatal, Problem
from subtasks.questions.reply import Reply

if TYPE_CHECKING:
    import anthropic
from subtasks.api.api_key import origin_of_key

NO_CREDIT = ("credit balance", "billing")
# What went wrong with one request of a message batch, as the status it would have had live.
STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
}


class Refused(Exception):
    """The API refuses this one question; others may do."""


Answered = tuple[Reply, bool] | Refused


def unusable_client(provider: str, error: Exception) -> Problem:
    """Say that a provider's client cannot work here, for the reason it gives."""
    return Fatal(f"claude.provider {provider} cannot be used: {one_line(str(error))}")


def classify_error(error: "anthropic.APIError", model: str) -> Refused | Problem:
    """Whom an error concerns: this question (`Refused`), or all there are (`Problem`)."""
    import anthropic

    if isinstance(error, anthropic.APIStatusError):
        return _classify_status(
            error.status_code, error_message(error.body) or error.message, model
        )
    if isinstance(error, anthropic.APIConnectionError):
        cause = error.__cause__ or error
        name, reason = type(cause).__name__, one_line(str(cause))
        if name == "LocalProtocolError":
            # Its text quotes the header, which may be the one that holds a key.
            reason = "a header cannot be sent: look for line breaks in ANTHROPIC_ variables"
        return Problem(
            f"the Claude API cannot be reached, after all retries ({name}: {reason}): "
            "run again later"
        )
    return Refused(f"the API's answer could not be read ({one_line(error.message)})")


def classify_batch_error(kind: str, message: str, model: str) -> Refused | Problem | str:
    """Judge what went wrong with one request of a batch; a text where it may be asked again."""
    status = STATUS.get(kind)
    return _classify_status(status, message, model) if status else f"{kind}: {one_line(message)}"


def _classify_status(status: int, message: str, model: str) -> Refused | Problem:
    message = one_line(message)
    match status:
        case 401:
            return Fatal(
                f"the Claude API does not accept the key ({message}): check {origin_of_key()}"
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


def error_message(body: Any) -> str:
    """The message in the body of an error response."""
    error = body.get("error") if isinstance(body, dict) else None
    return str(error.get("message", "")) if isinstance(error, dict) else ""


def not_the_claude_api() -> Problem:
    """Say that something answers which is not the Claude API."""
    return Fatal("the endpoint does not answer like the Claude API: check claude.base_url")


def one_line(text: str) -> str:
    """Fold a text of the API's into one line of bounded length."""
    return " ".join(text.split())[:300]
