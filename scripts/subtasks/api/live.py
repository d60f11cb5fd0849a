"""Asking question by question through the Messages API, with many requests open at once.

Retries and back-off are the SDK's.
"""

import asyncio
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from subtasks.api.client import reply_of, request_timeout
from subtasks.api.connection import Connection
from subtasks.api.errors import Refused, classify_error, not_the_claude_api, unusable_client
from subtasks.api.rate_limits import RateLimiter
from subtasks.api.session import ApiSession
from subtasks.cost.budget import Budget
from subtasks.errors import Problem
from subtasks.questions.question import Question
from subtasks.questions.reply import Reply
from subtasks.store.batch_ledger import BatchLedger
from subtasks.store.replies import ReplyStore

if TYPE_CHECKING:
    import anthropic

T = TypeVar("T")


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

    async def __aenter__(self) -> Self:
        ledger = BatchLedger(self._store.folder)
        for batch in ledger.under_way():
            self._submitted |= dict.fromkeys(batch.keys, ledger.folder / batch.name)
        return self

    async def answer(self, question: Question) -> tuple[Reply, bool]:
        """Return the reply and whether it came from the store.

        Raises `Refused` if the API refuses this question. After any other error, such as a
        `Problem` that affects every question or an `OSError` of a full disk, nothing more is
        sent; replies to open requests are still stored.
        """
        key = question.key
        if reply := self._store.get(key):
            return reply, True
        async with self._store.claim(key):
            if reply := self._store.get(key):
                return reply, True
            async with self._slots:
                try:
                    return await self._ask(key, question), False
                except Refused:
                    raise
                except Exception as error:
                    self._failure = self._failure or error
                    raise

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
            message = await self._send(question)
            reply = reply_of(message, batch=False)
            self._store.put(key, reply)
            self._rate_limiter.note_usage(reply.usage)
            return reply

    async def _send(self, question: Question) -> Any:
        """Send a request and return the API's response. Raises `Refused` or `Problem`."""
        import anthropic

        client = self.client()
        try:
            return await client.messages.create(
                **question.request(cache=True), timeout=request_timeout(question.max_tokens)
            )
        except anthropic.APIError as error:
            raise classify_error(error, question.model) from None
        except json.JSONDecodeError:
            raise not_the_claude_api() from None
        except Exception as error:
            provider = self._connection.provider
            own_error = isinstance(error, anthropic.AnthropicError)
            # An earlier failure, passed on by the middleware, or a bug.
            if error is self._failure or (provider == "anthropic" and not own_error):
                raise
            # Other providers look for credentials only now, and raise errors of their own.
            raise unusable_client(provider, error) from None

    async def _limit_rate(
        self, request: "anthropic.APIRequest", call_next: "anthropic.AsyncCallNext"
    ) -> "anthropic.AsyncAPIResponse[Any]":
        """Make every attempt wait for its turn, the SDK's retries included."""
        await self._rate_limiter.wait_turn()
        self._stop_after_failure()
        response = await call_next(request)
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
