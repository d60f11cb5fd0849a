"""What an error of the API means: whether it ends the run, and the sentence a user reads."""

from typing import TYPE_CHECKING, Any

from subtasks.api.api_key import origin_of_key
from subtasks.errors import Fatal, Problem
from subtasks.questions.reply import Reply
from subtasks.wording import one_line

if TYPE_CHECKING:
    import anthropic

NO_CREDIT = ("credit balance", "billing")
STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
}
"""Kinds of error of one request in a batch, and the status each would have had live."""


class Refused(Exception):
    """The API refuses this one question; others may be answered."""


Answered = tuple[Reply, bool] | Refused
"""A reply and whether it came from the store, or why there is none."""


def classify_error(error: "anthropic.APIError", model: str) -> Refused | Problem:
    """Say whether an error affects one question (`Refused`) or all of them (`Problem`)."""
    import anthropic

    if isinstance(error, anthropic.APIStatusError):
        return _classify_status(
            error.status_code, error_message(error.body) or error.message, model
        )
    if isinstance(error, anthropic.APIConnectionError):
        cause = error.__cause__ or error
        name, reason = type(cause).__name__, one_line(str(cause))
        if name == "LocalProtocolError":
            # Its text quotes the header, which may be the one that holds the key.
            reason = "a header cannot be sent: look for line breaks in ANTHROPIC_ variables"
        return Problem(
            f"cannot reach the Claude API, after all retries ({name}: {reason}): run again later"
        )
    return Refused(f"the API's answer cannot be read ({one_line(error.message)})")


def classify_batch_error(kind: str, message: str, model: str) -> Refused | Problem | str:
    """Classify the error of one request in a batch; a string if it may be asked again."""
    status = STATUS.get(kind)
    return _classify_status(status, message, model) if status else f"{kind}: {one_line(message)}"


def _classify_status(status: int, message: str, model: str) -> Refused | Problem:
    message = one_line(message)
    match status:
        case 401:
            return Fatal(f"the Claude API rejects the key ({message}): check {origin_of_key()}")
        case 403:
            return Fatal(f"the key may not use {model} ({message})")
        case 404 if model and model in message:
            return Fatal(f"the Claude API has no model {model} ({message})")
        case 404:
            return Fatal(
                f"the endpoint lacks what was requested ({message}): check claude.base_url, "
                "claude.model, and claude.api, since not every endpoint has message batches"
            )
        case 400 if not any(words in message.lower() for words in NO_CREDIT):
            return Refused(f"the API refused the question ({status}: {message})")
        case 400 | 402:
            return Fatal(f"the account has no credit left ({message})")
        case 429 | 529:
            return Problem(f"the Claude API is still overloaded, after all retries ({message})")
        case _ if status >= 500:
            return Problem(f"the Claude API failed, after all retries ({status}: {message})")
    return Refused(f"the API refused the question ({status}: {message})")


def error_message(body: Any) -> str:
    """Return the message in the body of an error response, "" if it has none."""
    error = body.get("error") if isinstance(body, dict) else None
    return str(error.get("message", "")) if isinstance(error, dict) else ""


def unusable_client(provider: str, error: Exception) -> Fatal:
    """Say that a provider's client cannot work here, and why."""
    return Fatal(f"claude.provider {provider} cannot be used: {one_line(str(error))}")


def not_the_claude_api() -> Fatal:
    """Say that whatever answers is not the Claude API."""
    return Fatal("the endpoint does not answer like the Claude API: check claude.base_url")
