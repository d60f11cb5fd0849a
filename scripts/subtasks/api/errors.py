"""What an error of the API means: whether it ends the run, and the sentence a user reads."""

from typing import TYPE_CHECKING, Any

from subtasks.api import bad_requests
from subtasks.api.api_key import origin_of_key
from subtasks.api.redaction import quote
from subtasks.errors import Fatal, Problem
from subtasks.questions.reply import Reply

if TYPE_CHECKING:
    import anthropic

STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
}
"""Kinds of error of one request in a batch, and the status each would have had live."""

LACKING = (405, 406, 407, 410, 411, 415, 421, 426, 431, 451, 501, 505, 511)
"""Statuses by which a server or a proxy says that it never takes such requests."""


class Refused(Exception):
    """The API refuses this one question; others may be answered."""


class Unavailable(Problem):
    """The API gave no answer to a question, after all retries.

    That concerns the question alone if others were answered meanwhile. `since` is when its first
    attempt failed (seconds since 1970); None if it was not sent at all. `ends_run` says whether
    every other job will meet it too, should it concern all questions.
    """

    def __init__(
        self, sentence: str, since: float | None = None, *, ends_run: bool = False
    ) -> None:
        super().__init__(sentence)
        self.since = since
        self.ends_run = ends_run

    def of_all(self, place: str) -> Problem:
        """Return the problem that it is if it concerns all questions, first met at `place`."""
        return Fatal(str(self)) if self.ends_run else Problem(f"{place}: {self}")


class NotTheApi(Fatal):
    """Whatever answers is not the Claude API."""


Answered = tuple[Reply, bool] | Refused
"""A reply and whether it came from the store, or why there is none."""


def classify_error(error: "anthropic.APIError", model: str) -> Refused | Problem:
    """Say whether an error affects one question (`Refused`) or all of them (`Problem`).

    Where only time can tell, it is `Unavailable`.
    """
    import anthropic

    if isinstance(error, anthropic.APIStatusError):
        return _classify_status(
            error.status_code, error_message(error.body) or error.message, model
        )
    if isinstance(error, anthropic.APIConnectionError):
        cause = error.__cause__ or error
        name, reason = type(cause).__name__, quote(str(cause))
        if name == "LocalProtocolError":
            # Its text quotes the header, which may be the one that holds the key.
            reason = "a header cannot be sent: look for line breaks in ANTHROPIC_ variables"
        return Unavailable(
            f"cannot reach the Claude API, after all retries ({name}: {reason}): run again later"
        )
    return Refused(f"the API's answer cannot be read ({quote(error.message)})")


def classify_batch_error(kind: str, message: str, model: str) -> Refused | Problem | str:
    """Classify the error of one request in a batch; a string if it may be asked again."""
    kind, message = str(kind), str(message)
    status = STATUS.get(kind)
    return _classify_status(status, message, model) if status else quote(f"{kind}: {message}")


def _classify_status(status: int, message: str, model: str) -> Refused | Problem:
    said = quote(message)
    reason = f"{status}: {said}"
    match status:
        case 401:
            return Fatal(f"the Claude API rejects the key ({said}): check {origin_of_key()}")
        case 402:
            return Fatal(f"the account has no credit left ({said})")
        case 403:
            return Fatal(f"the key may not use {model} ({said})")
        case 404 if model and model in message:
            return Fatal(f"the Claude API has no model {model} ({said}): change claude.model")
        case 404:
            return Fatal(
                f"the endpoint lacks what was requested ({said}): check claude.base_url, "
                "claude.model, and claude.api, since not every endpoint has message batches"
            )
        case _ if status in LACKING or status < 400:
            return Fatal(f"the endpoint takes no questions ({reason}): check claude.base_url")
        case 413:
            return _too_long(reason)
        case 429 if bad_requests.is_too_long(message):
            return _too_long(reason)
        case 429 | 529:
            return Unavailable(f"the Claude API is still overloaded, after all retries ({reason})")
        case 408 | 409 | 425:
            return Unavailable(f"the Claude API failed, after all retries ({reason})")
        case _ if status >= 500:
            return Unavailable(f"the Claude API failed, after all retries ({reason})")
    return _classify_bad_request(reason, message)


def _classify_bad_request(reason: str, message: str) -> Refused | Problem:
    if bad_requests.is_too_long(message):
        return _too_long(reason)
    if bad_requests.concerns_account(message):
        return Fatal(f"the account has no credit left, or not before a date ({reason})")
    if advice := bad_requests.setting_at_fault(message):
        return Fatal(f"the API refuses every question of this run ({reason}): {advice}")
    return Refused(f"the API refused the question ({reason})")


def _too_long(reason: str) -> Refused:
    return Refused(
        f"the question is too long for the API ({reason}): {bad_requests.SHOWS_TOO_MUCH}"
    )


def error_message(body: Any) -> str:
    """Return the message in the body of an error response, "" if it has none."""
    error = body.get("error") if isinstance(body, dict) else None
    return str(error.get("message", "")) if isinstance(error, dict) else ""


def unusable_client(provider: str, error: Exception) -> Fatal:
    """Say that a provider's client cannot work here, and why."""
    return Fatal(f"claude.provider {provider} cannot be used: {quote(str(error))}")


def not_the_claude_api() -> NotTheApi:
    """Say that whatever answers is not the Claude API."""
    return NotTheApi("the endpoint does not answer like the Claude API: check claude.base_url")
