"""What asking live and in batches have in common: a store, a budget, and one client."""

from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from subtasks.api.client import connect
from subtasks.api.connection import Connection
from subtasks.cost.budget import Budget
from subtasks.store.replies import ReplyStore

if TYPE_CHECKING:
    import anthropic


class ApiSession:
    """An asynchronous context manager that closes its client and withdraws what it reserved.

    `middleware` sees every attempt of a request.
    """

    def __init__(
        self,
        store: ReplyStore,
        budget: Budget,
        connection: Connection,
        *middleware: "anthropic.MiddlewareInput",
    ) -> None:
        self._store = store
        self._budget = budget
        self._connection = connection
        self._middleware = middleware
        self._client: Any = None

    async def __aenter__(self) -> Self:
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

    def client(self) -> Any:
        """Return the SDK's client.

        It is made by the first call: where nothing has to be sent, neither the SDK is imported
        nor a key needed. Raises `Fatal` as `client.connect` does.
        """
        if self._client is None:
            self._client = connect(self._connection, self._middleware)
        return self._client
