"""An HTTP endpoint that gives every request the same answer, and one question to send there."""

import asyncio
import base64
import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from subtasks.api.connection import Connection
from subtasks.api.live import LiveApi
from subtasks.cost.budget import Budget
from subtasks.cost.prices import Prices
from subtasks.questions.question import Question
from subtasks.questions.reply import Reply
from subtasks.store.replies import ReplyStore

MODEL = "claude-opus-4-7"
QUESTION = Question(MODEL, 256, None, None, ("What is a robot?",))
SECRET = "not-to-be-shown-0123456789"
PRICES = Prices("2026-09-30", {}, 0.5, 1.25, 0.1)


class Endpoint:
    """An HTTP server that gives every request the same answer."""

    def __init__(self) -> None:
        self.status, self.body, self.headers = 200, b"", {"content-type": "application/json"}
        self.keys: list[str | None] = []
        self.logins: list[str] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                authorization = self.headers["authorization"] or ""
                if authorization.startswith("Basic "):
                    login = base64.b64decode(authorization.removeprefix("Basic "))
                    endpoint.logins.append(login.decode())
                given = self.headers["x-api-key"] or self.headers["authorization"]
                endpoint.keys.append(given and given.removeprefix("Bearer "))
                self.send_response(endpoint.status)
                for name, value in endpoint.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(endpoint.body)))
                self.end_headers()
                self.wfile.write(endpoint.body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def respond(
        self,
        status: int,
        body: Any,
        kind: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status, self.headers = status, {"content-type": kind, **(headers or {})}
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def ask(
    folder: Path,
    url: str | None,
    *,
    provider: str = "anthropic",
    retries: int = 0,
    max_wait: float = 600,
) -> Reply:
    """Ask one question through the real SDK."""

    async def one() -> Reply:
        connection = Connection(provider, url, retries, max_wait)
        with ReplyStore(folder / "replies") as store:
            async with LiveApi(store, Budget(store, PRICES, None), 1, connection) as api:
                reply, _ = await api.answer(QUESTION)
                assert store.get(QUESTION.key) == reply
                return reply

    return asyncio.run(one())


def error_body(kind: str, message: str) -> dict[str, Any]:
    """The body of an error response."""
    return {"type": "error", "error": {"type": kind, "message": message}}
