"""Why a request is not answered as it was meant: a status of HTTP and a sentence."""

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """A request that is refused; `extra` is what the page is told beside the sentence."""

    def __init__(self, status: int, message: str, extra: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.extra = extra or {}
