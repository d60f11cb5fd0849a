"""Asking question by question through the Messages API, with many requests open at once.

Retries and back-off are the SDK's.
"""

import asyncio
import logging
import time
from collections.abc import Coroutine
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from subtasks.api.client import request_timeout
from subtasks.api.connection import Connection
from subtasks.api.errors import (
    NotTheApi,
    Refused,
    Unavailable,
    classify_error,
    unusable_client,
)
from subtasks.api.rate_limits import RateLimiter
from subtasks.api.responses import read_response
from subtasks.api.session import ApiSession
from subtasks.cost.budget import Budget
from subtasks.errors import Problem
from subtasks.questions.question import Question
from subtasks.questions.reply import Reply
from subtasks.store.batch_ledger import BatchLedger
from subtasks.store.replies import DamagedReply, ReplyStore

if TYPE_CHECKING:
    import anthropic

T = TypeVar("T")

MIN_UNANSWERED = 2
"""One question without an answer says nothing about the others."""

log = logging.getLogger("subtasks")


@dataclass(slots=True)
class _Attempts:
    """When the first attempt of a request failed (seconds since 1970), None if none has."""

    failed: float | None = None


_attempts: ContextVar[_Attempts] = ContextVar("_attempts")


class LiveApi(ApiSession):
    """Answers questions from the store, and asks the API what the store does not hold.

    At most `in_flight` requests are open at once.
    """

    def __init__(
        self, store: ReplyStore, budget: Budget, in_flight: int, connection: Connection
    ) -> None:
        super().__init__(store, budget, connection, self._limit_rate)
        self._slots = asyncio.Semaphore(in_flight)
        self._rate_limiter = RateLimiter()
        self._submitted: dict[str, Path] = {}
        self._failure: Exception | None = None
        self._max_unanswered = max(in_flight, MIN_UNANSWERED)
        self._unanswered = 0
        self._answered: float | None = None
        self._has_warned = False

    async def __aenter__(self) -> Self:
        ledger = BatchLedger(self._store.folder)
        for batch in ledger.under_way():
            self._submitted |= dict.fromkeys(batch.keys, ledger.folder / batch.name)
        return self

    async def answer(self, question: Question) -> tuple[Reply, bool]:
        """Return the reply and whether it came from the store.

        Raises `Refused` if the API refuses this question or its stored reply is damaged, and
        `Unavailable` if the API gave no answer to it. After many of those in a row and after any
        other error, such as a `Problem` that affects every question or an `OSError` of a full
        disk, nothing more is sent; replies to open requests are still stored.
        """
        key = question.key
        try:
            if reply := self._store.get(key):
                return reply, True
            async with self._store.claim(key):
                if reply := self._store.get(key):
                    return reply, True
                async with self._slots:
                    return await self._ask(key, question), False
        except DamagedReply as damaged:
            # Asking again would cost money that nobody decided to spend.
            raise Refused(str(damaged)) from None
        except Refused:
            raise
        except Unavailable as error:
            self._unanswered += error.since is not None
            if self._unanswered >= self._max_unanswered:
                self._failure = self._failure or Unavailable(str(error), ends_run=error.ends_run)
            raise
        except Exception as error:
            self._failure = self._failure or error
            raise

    def answered_others(self, error: Unavailable) -> bool:
        """Say whether the API answered other questions while one got no answer.

        Those of other jobs count, whose replies are in the store.
        """
        if error.since is None:
            return False
        if self._answered is not None and self._answered > error.since:
            return True
        return self._store.has_changed_since(error.since)

    async def _ask(self, key: str, question: Question) -> Reply:
        self._stop_after_failure()
        if record := self._submitted.get(key):
            raise Problem(
                "a message batch that has not been collected contains questions of this run "
                f"({record}): run with claude.api: batch to collect its answers, or remove that "
                "file to ask, and pay, again"
            )
        async with self._budget.room_for(question):
            self._stop_after_failure()
            try:
                received = read_response(await self._send(question), question.model)
            except NotTheApi as error:
                # One page of a proxy among answers says nothing about the endpoint.
                raise Unavailable(str(error), time.time(), ends_run=True) from None
            self._store.put(key, received.reply, received.body)
            self._answered, self._unanswered = time.time(), 0
            self._rate_limiter.note_usage(received.reply.usage)
            if not received.reply.usage and not self._has_warned:
                self._has_warned = True
                log.warning(
                    "the endpoint does not say how many tokens an answer takes: it is counted as "
                    "free of charge"
                )
            # As every later run will find it.
            return self._store.get(key) or received.reply

    async def _send(self, question: Question) -> bytes:
        """Send a request and return the body of the response. Raises `Refused` or `Problem`."""
        import anthropic

        client = self.client()
        attempts = _Attempts()
        _attempts.set(attempts)
        try:
            # Unparsed: the SDK raises errors of its own on bodies that have been paid for.
            response = await client.messages.with_raw_response.create(
                **question.request(cache=True), timeout=request_timeout(question.max_tokens)
            )
            body: bytes = await response.read()
            return body
        except anthropic.APIError as error:
            meaning = classify_error(error, question.model)
            if isinstance(meaning, Unavailable):
                meaning.since = attempts.failed or time.time()
            raise meaning from None
        except Exception as error:
            provider = self._connection.provider
            own_error = isinstance(error, anthropic.AnthropicError)
            # A wait that is too long, an earlier failure passed on by the middleware, or a bug.
            if isinstance(error, Problem) or error is self._failure:
                raise
            if provider == "anthropic" and not own_error:
                raise
            # Other providers look for credentials only now, and raise errors of their own.
            raise unusable_client(provider, error) from None

    async def _limit_rate(
        self, request: "anthropic.APIRequest", call_next: "anthropic.AsyncCallNext"
    ) -> "anthropic.AsyncAPIResponse[Any]":
        """Make every attempt wait for its turn, the SDK's retries included."""
        await self._rate_limiter.wait_turn()
        self._stop_after_failure()
        is_success = False
        try:
            response = await call_next(request)
            is_success = bool(response.http_response.is_success)
        finally:
            attempts = _attempts.get()
            if not is_success and attempts.failed is None:
                attempts.failed = time.time()
        self._rate_limiter.note_headers(response.headers)
        return response

    def _stop_after_failure(self) -> None:
        if self._failure:
            raise self._failure


async def gather_all(coroutines: list[Coroutine[Any, Any, T]]) -> list[T]:
    """Run all coroutines to their end, even if some fail, then raise the first failure.

    A reply that is still to come when something else fails has been paid for.
    """
    tasks = [asyncio.ensure_future(each) for each in coroutines]
    if tasks:
        await asyncio.wait(tasks)
    # All exceptions are retrieved, or asyncio would log those that were not.
    failures = [error for task in tasks if (error := task.exception())]
    if failures:
        raise failures[0]
    return [task.result() for task in tasks]
