"""Message batches: accepted at once, answered in the background, results in any order."""

import json
import math
import random
import re
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from servers.claude.errors import invalid, not_found
from servers.claude.faults import CUSTOM_ID, Raw

VALID_ID = re.compile(r"^[a-zA-Z0-9_-]{1,64}$")
MAX_REQUESTS = 100_000
MOST_LISTED = 1000
LISTED = 20
CANCELLING_SECONDS = 0.05
LIFE = timedelta(hours=24)
OUTCOMES = ("succeeded", "errored", "canceled", "expired")


@dataclass(slots=True)
class _Batch:
    requests: list[dict[str, Any]]
    id: str = field(default_factory=lambda: f"msgbatch_{uuid.uuid4().hex[:24]}")
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    cancelled: datetime | None = None
    ended: datetime | None = None
    archived: datetime | None = None
    results: list[tuple[str, bytes]] = field(default_factory=list)  # kinds and lines

    def view(self, url: str) -> dict[str, Any]:
        """Return the batch as the API shows it; until its end, all requests are processing."""
        status = "ended" if self.ended else "canceling" if self.cancelled else "in_progress"
        counts = dict.fromkeys(OUTCOMES, 0)
        for kind, _ in self.results:
            counts[kind] += 1
        collectable = self.ended and not self.archived
        return {
            "id": self.id,
            "type": "message_batch",
            "processing_status": status,
            "request_counts": {"processing": 0 if self.ended else len(self.requests), **counts},
            "created_at": _written(self.created),
            "expires_at": _written(self.created + LIFE),
            "cancel_initiated_at": _written(self.cancelled),
            "ended_at": _written(self.ended),
            "archived_at": _written(self.archived),
            "results_url": f"{url}/v1/messages/batches/{self.id}/results" if collectable else None,
        }


def _line(custom_id: str, result: dict[str, Any] | Raw) -> tuple[str, bytes]:
    """Return the kind of a result, and its line."""
    if isinstance(result, Raw):
        return "succeeded", result.body.replace(CUSTOM_ID, custom_id.encode())
    return result["type"], json.dumps({"custom_id": custom_id, "result": result}).encode()


def _written(moment: datetime | None) -> str | None:
    return moment and moment.isoformat().replace("+00:00", "Z")


class Batches:
    """All batches of one server.

    A batch is answered `seconds` after it was accepted or, with `math.inf`, by `finish`.
    `answer` returns the `result` of one request, or its line as a `Raw`.
    """

    def __init__(
        self, answer: Callable[[dict[str, Any]], dict[str, Any] | Raw], seconds: float, seed: int
    ) -> None:
        self._answer = answer
        self._seconds = seconds
        self._shuffle = random.Random(seed).shuffle
        self._batches: dict[str, _Batch] = {}  # oldest first
        self._finishing = threading.Lock()

    @property
    def ids(self) -> list[str]:
        """Ids of the batches that still exist, oldest first."""
        return list(self._batches)

    def create(self, body: Any, url: str) -> dict[str, Any]:
        """Accept a batch. Like the API, it checks the requests only when it answers them."""
        requests = body.get("requests") if isinstance(body, dict) else None
        if not isinstance(requests, list) or not requests:
            raise invalid("requests: List should have at least 1 item")
        if len(requests) > MAX_REQUESTS:
            raise invalid(f"requests: List should have at most {MAX_REQUESTS} items")
        seen: set[str] = set()
        for index, request in enumerate(requests):
            where = f"requests.{index}"
            if not isinstance(request, dict) or request.keys() != {"custom_id", "params"}:
                raise invalid(f"{where}: Input should have the keys custom_id and params")
            name = request["custom_id"]
            if not isinstance(name, str) or not VALID_ID.fullmatch(name):
                raise invalid(
                    f"{where}.custom_id: String should match pattern '{VALID_ID.pattern}'"
                )
            if name in seen:
                raise invalid(f"{where}.custom_id: custom_id '{name}' is not unique")
            seen.add(name)
            if not isinstance(request["params"], dict):
                raise invalid(f"{where}.params: Input should be a valid dictionary")
        batch = _Batch(requests)
        self._batches[batch.id] = batch
        self._finish_in(self._seconds, batch.id)
        return batch.view(url)

    def get(self, batch_id: str, url: str) -> dict[str, Any]:
        """Return a batch."""
        return self._found(batch_id).view(url)

    def list(self, query: dict[str, str], url: str) -> dict[str, Any]:
        """Return a page of batches, newest first."""
        try:
            limit = int(query.get("limit", LISTED))
        except ValueError as error:
            raise invalid("limit: Input should be a valid integer") from error
        if not 1 <= limit <= MOST_LISTED:
            raise invalid(f"limit: Input should be between 1 and {MOST_LISTED}")
        if "before_id" in query:
            raise invalid("before_id: this server's pages go forward only")
        ids = self.ids[::-1]
        if "after_id" in query:
            self._found(query["after_id"])
            ids = ids[ids.index(query["after_id"]) + 1 :]
        page = ids[:limit]
        return {
            "data": [self._batches[each].view(url) for each in page],
            "has_more": len(ids) > limit,
            "first_id": page[0] if page else None,
            "last_id": page[-1] if page else None,
        }

    def cancel(self, batch_id: str, url: str) -> dict[str, Any]:
        """Cancel a batch: requests without an answer end as canceled."""
        batch = self._found(batch_id)
        if batch.ended:
            raise invalid(f"Batch {batch_id} has already ended and cannot be canceled.")
        batch.cancelled = batch.cancelled or datetime.now(UTC)
        self._finish_in(CANCELLING_SECONDS, batch_id)
        return batch.view(url)

    def results(self, batch_id: str) -> bytes:
        """Return the results, one JSON object per line, in random order."""
        batch = self._found(batch_id)
        if not batch.ended:
            raise invalid(f"Batch {batch_id} is still being processed; it has no results yet.")
        if batch.archived:
            raise not_found(f"The results of batch {batch_id} are no longer available.")
        return b"".join(line + b"\n" for _, line in batch.results)

    def finish(self, batch_id: str) -> None:
        """Answer all requests of a batch now."""
        batch = self._batches.get(batch_id)
        with self._finishing:
            if batch is None or batch.ended:
                return
            canceled = {"type": "canceled"}
            results = [
                _line(
                    request["custom_id"],
                    canceled if batch.cancelled else self._answer(request["params"]),
                )
                for request in batch.requests
            ]
            self._shuffle(results)
            batch.results = results
            batch.ended = datetime.now(UTC)

    def archive(self, batch_id: str) -> None:
        """Delete the results but keep the batch, as the API does after 29 days."""
        self._found(batch_id).archived = datetime.now(UTC)

    def forget(self, batch_id: str) -> None:
        """Delete the batch."""
        del self._batches[batch_id]

    def _found(self, batch_id: str) -> _Batch:
        if batch_id not in self._batches:
            raise not_found(f"Message batch {batch_id} not found")
        return self._batches[batch_id]

    def _finish_in(self, seconds: float, batch_id: str) -> None:
        if math.isfinite(seconds):
            timer = threading.Timer(seconds, self.finish, [batch_id])
            timer.daemon = True
            timer.start()
