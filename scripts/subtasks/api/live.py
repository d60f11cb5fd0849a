"""Asking question by question through the Messages API, many at once.

Retries, back-off and `retry-after` are the SDK's.
"""

import asyncio
import json
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from subtasks.api import client
from subtasks.api.connection import Connection
from subtasks.api.errors import Refused, classify_error, not_the_claude_api, unusable_client
from subtasks.api.rate_limits import RateLimiter
from subtasks.cost.budget import Budget
from subtasks.errors import Problem
from subtasks.questions.question import Question
from subtasks.questions.reply import Reply
from subtasks.store.batch_ledger import BatchLedger
from subtasks.store.replies import ReplyStore

if TYPE_CHECKING:
    import anthropic

T = TypeVar("T")


class LiveApi:
    """Answers questions from the store, and from the API what the store does not hold.

    At most `in_flight` requests are open at once. The SDK is imported, and the key looked
    for, when the first question has to be sent.
    """

    def __init__(
        self, store: ReplyStore, budget: Budget, in_flight: int, connection: Connection
    ) -> None:
        self._store = store
        self._budget = budget
        self._slots = asyncio.Semaphore(in_flight)
        self._pace = RateLimiter()
        self._connection = connection
        self._client: Any = None
        self._ordered: dict[str, Path] = {}
        self._stopped: Exception | None = None

    async def __aenter__(self) -> "LiveApi":
        ledger = BatchLedger(self._store.folder)
        for each in ledger.under_way():
            self._ordered |= dict.fromkeys(each.keys, ledger.folder / each.name)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._budget.close()
        if self._client is not None:
            await self._client.close()

    async def answer(self, question: Question) -> tuple[Reply, bool]:
        """Return the reply and whether it came from the store.

        Raises `Refused` when the API refuses this question. After any other error, such as a
        `Problem` that concerns every question or an `OSError` of a store that is full, nothing
        more is sent, and what is under way still arrives and is kept.
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
                    self._stopped = self._stopped or error
                    raise

    async def _ask(self, key: str, question: Question) -> Reply:
        import anthropic

        self._go_on()
        if path := self._ordered.get(key):
            raise Problem(
                f"a message batch that is not collected has questions of this run ({path}): run "
                "with claude.api: batch to collect its answers, or remove that file to ask, and "
                "pay, again"
            )
        async with self._budget.room_for(question):
            self._go_on()
            if self._client is None:
                self._client = client.connect(self._connection, [self._paced])
            try:
                message = await self._client.messages.create(
                    **question.request(cache=True),
                    timeout=client.request_timeout(question.max_tokens),
                )
            except Problem:
                raise
            except anthropic.APIError as error:
                raise classify_error(error, question.model) from None
            except json.JSONDecodeError:
                raise not_the_claude_api() from None
            except Exception as error:
                provider = self._connection.provider
                # Other providers look for credentials only now, and have errors of their own.
                if provider == "anthropic" and not isinstance(error, anthropic.AnthropicError):
                    raise
                raise unusable_client(provider, error) from None
            reply = client.reply_of(message, batch=False)
            self._store.put(key, reply)
            self._pace.used(reply.usage)
            return reply

    async def _paced(
        self, request: "anthropic.APIRequest", call_next: "anthropic.AsyncCallNext"
    ) -> "anthropic.AsyncAPIResponse[Any]":
        """Let every attempt wait for its turn, the SDK's retries like the first."""
        await self._pace.turn()
        self._go_on()
        response = await call_next(request)
        self._pace.heard(response.headers)
        return response

    def _go_on(self) -> None:
        if self._stopped:
            raise self._stopped


async def gather_all(work: list[Coroutine[Any, Any, T]]) -> list[T]:
    """Run coroutines to their end, each one even if another fails, then raise the first failure.

    A reply that is under way when something else goes wrong has been paid for.
    """
    tasks = [asyncio.ensure_future(each) for each in work]
    if tasks:
        await asyncio.wait(tasks)
    # All are looked at, or asyncio would print the others as never retrieved.
    failures = [error for task in tasks if (error := task.exception())]
    if failures:
        raise failures[0]
    return [task.result() for task in tasks]
