"""Asking one question at a time through the Messages API, many at once.

Retries, back-off and `retry-after` are the SDK's. Here it is decided which errors are one
question's and which are everybody's.
"""

import asyncio
import logging
import os
from collections.abc import Coroutine
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from subtasks.conversation import Failed
from subtasks.problem import Problem
from subtasks.question import Question
from subtasks.replies import Reply, Store

if TYPE_CHECKING:
    import anthropic

T = TypeVar("T")

REQUEST_TIMEOUT_SECONDS = 600.0
CREDENTIALS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")

log = logging.getLogger("subtasks")


class Live:
    """Answers questions from the store, and from the API what the store does not hold.

    At most `in_flight` requests are open at once. The SDK is imported, and the key looked
    for, when the first question has to be sent.
    """

    def __init__(self, store: Store, in_flight: int, max_retries: int) -> None:
        self._store = store
        self._slots = asyncio.Semaphore(in_flight)
        self._max_retries = max_retries
        self._client: anthropic.AsyncAnthropic | None = None
        self._stopped: Problem | None = None

    async def __aenter__(self) -> "Live":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._client is not None:
            await self._client.close()

    async def answer(self, question: Question) -> tuple[Reply, bool]:
        """Return the reply and whether it came from the store.

        Raises `Failed` when the API refuses this question, `Problem` when it would refuse
        any: then nothing more is sent, and what is under way still arrives and is kept.
        """
        key = question.key
        if reply := self._store.get(key):
            return reply, True
        async with self._store.claim(key):
            if reply := self._store.get(key):
                return reply, True
            async with self._slots:
                if self._stopped:
                    raise self._stopped
                try:
                    reply = await self._ask(question)
                except Problem as problem:
                    self._stopped = self._stopped or problem
                    raise
            self._store.put(key, reply)
            return reply, False

    async def _ask(self, question: Question) -> Reply:
        import anthropic

        if self._client is None:
            self._client = _client(self._max_retries)
        try:
            message = await self._client.messages.create(**question.request())
        except anthropic.APIStatusError as error:
            raise _judged(error, question) from None
        except anthropic.APIConnectionError as error:
            cause = error.__cause__ or error
            raise Problem(
                f"the Claude API at {self._client.base_url} cannot be reached after "
                f"{self._max_retries} retries ({type(cause).__name__}: {cause}): run again later"
            ) from None
        except anthropic.APIError as error:
            raise Failed(f"the API's answer could not be read ({error.message})") from None
        return Reply(
            text="".join(block.text for block in message.content if block.type == "text"),
            stop_reason=message.stop_reason or "",
            model=message.model,
            usage=_tokens(message.usage.model_dump()),
        )


def _client(max_retries: int) -> "anthropic.AsyncAnthropic":
    import anthropic

    if not any(os.environ.get(name) for name in CREDENTIALS):
        raise Problem("there is no key for the Claude API: set ANTHROPIC_API_KEY and run again")
    return anthropic.AsyncAnthropic(max_retries=max_retries, timeout=REQUEST_TIMEOUT_SECONDS)


def _judged(error: "anthropic.APIStatusError", question: Question) -> Exception:
    """Whom an error response concerns: this question, or all there are."""
    said = _message(error)
    match error.status_code:
        case 401:
            return Problem(f"the Claude API does not accept the key ({said})")
        case 403:
            return Problem(f"the key may not use {question.model} ({said})")
        case 404:
            return Problem(f"the Claude API knows no model {question.model} ({said})")
        case 400 if "credit balance" in said.lower():
            return Problem(f"the account has no credit left ({said})")
        case 429 | 529:
            return Problem(f"the Claude API stayed overloaded after all retries ({said})")
        case status if status >= 500:
            return Problem(f"the Claude API failed after all retries ({status}: {said})")
        case status:
            return Failed(f"the API refused the question ({status}: {said})")


def _message(error: "anthropic.APIStatusError") -> str:
    body = error.body
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        said = str(body["error"].get("message", ""))
    else:
        said = error.message
    return " ".join(said.split())[:300]


def _tokens(usage: dict[str, Any]) -> dict[str, int]:
    """Token counts of a response; other entries, such as the service tier, are no counts."""
    return {
        kind: count
        for kind, count in usage.items()
        if kind.endswith("_tokens") and isinstance(count, int)
    }


async def settled(work: list[Coroutine[Any, Any, T]]) -> list[T]:
    """Run coroutines to their end, each one even if another fails, then raise the first failure.

    A reply that is under way when something else goes wrong has been paid for.
    """
    results = await asyncio.gather(*work, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results
