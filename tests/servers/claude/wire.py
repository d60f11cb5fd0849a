"""HTTP: reads requests, sends replies, and breaks connections if a fault says so."""

import contextlib
import json
import select
import socket
import time
import uuid
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from servers import loopback
from servers.claude.errors import ApiError, as_api_error, invalid

if TYPE_CHECKING:
    from servers.claude.server import ClaudeServer, Record

MAX_BODY = 32_000_000
MAX_BATCH_BODY = 256_000_000
BATCHES_PATH = "/v1/messages/batches"
PIECE = 1 << 20


class HungUp(Exception):
    """The connection closes without a response."""


@dataclass(slots=True)
class Request:
    """A request; header names are in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    connection: socket.socket

    def json(self) -> Any:
        """Return the value of the body."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise invalid(f"The request body is not valid JSON: {error}") from error

    def wait(self, seconds: float) -> bool:
        """Wait; return True, and early, if the client hangs up meanwhile."""
        until = time.monotonic() + seconds
        poll = select.poll()
        poll.register(self.connection, select.POLLIN)
        if poll.poll(seconds * 1000):
            with contextlib.suppress(OSError):
                if self.connection.recv(1, socket.MSG_PEEK):
                    time.sleep(max(0.0, until - time.monotonic()))
                    return False
            return True
        return False


@dataclass(slots=True)
class Reply:
    """A response, sent whole, in two halves, or only its first half."""

    body: bytes
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    half: bool = False
    pause: float = 0.0  # seconds between its halves


class Handler(loopback.Handler):
    """A connection of a client of the API."""

    def _serve(self) -> None:
        api: ClaudeServer = self.server.owner
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(
            self.command, url.path, dict(parse_qsl(url.query)), headers, b"", self.connection
        )
        record = api.begin(request)
        request_id = f"req_{uuid.uuid4().hex[:24]}"
        try:
            try:
                request.body = self._body(url.path)
                reply = api.reply(request, record)
            except (HungUp, ConnectionError):
                raise
            except Exception as error:
                answer = as_api_error(error)
                record.error = answer.message
                body = json.dumps(answer.body(request_id)).encode()
                limits = api.limit_headers() | answer.headers
                reply = Reply(body, "application/json", limits, answer.status)
            reply.headers["request-id"] = request_id
            self._send(request, record, reply)
        except (HungUp, ConnectionError):
            self.hang_up()
            if record.finished is None:
                api.end(record, sent=False)

    do_GET = do_POST = _serve  # noqa: N815 - the base's names

    def _body(self, path: str) -> bytes:
        """Read the body, also one that is too large: else the client would miss the error."""
        if "chunked" in self.headers.get("transfer-encoding", ""):
            self.close_connection = True
            raise invalid("this server takes no chunked bodies")
        length = int(self.headers.get("content-length", 0))
        limit = MAX_BATCH_BODY if path == BATCHES_PATH else MAX_BODY
        if length <= limit:
            body = self.rfile.read(length)
            if len(body) < length:
                raise HungUp
            return body
        while length > 0 and (piece := self.rfile.read(min(PIECE, length))):
            length -= len(piece)
        raise ApiError("request_too_large", "Request exceeds the maximum allowed number of bytes.")

    def _send(self, request: Request, record: "Record", reply: Reply) -> None:
        """Send the reply; raises `HungUp` if the client has hung up."""
        if request.wait(0):
            raise HungUp
        record.status = reply.status
        head = f"{self.protocol_version} {int(reply.status)} {_phrase(reply.status)}\r\n"
        headers = {
            "content-type": reply.content_type,
            "content-length": str(len(reply.body)),
            **reply.headers,
        }
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        if reply.half:
            self.wfile.write(head.encode() + b"\r\n" + reply.body[: len(reply.body) // 2])
            raise HungUp
        middle = len(reply.body) // 2 if reply.pause else 0
        self.wfile.write(head.encode() + b"\r\n" + reply.body[:middle])
        if reply.pause and request.wait(reply.pause):
            raise HungUp
        # Recorded before the last byte, so that a test that has the answer finds the record.
        self.wfile.write(reply.body[middle:-1])
        self.server.owner.end(record, sent=True)
        self.wfile.write(reply.body[-1:])


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Overloaded"
