"""HTTP: reads requests, sends replies, breaks connections where that is asked for."""

import contextlib
import json
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from hub_server.server import HubServer

PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Request:
    """What arrived. Header names are in lower case; `steps` are the path's parts, unquoted."""

    method: str
    path: str
    steps: list[str]
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Give the body's value."""
        return json.loads(self.body)

    def form(self) -> dict[str, list[str]]:
        """Give the fields of a form."""
        return parse_qs(self.body.decode())


@dataclass(slots=True)
class Reply:
    """What is sent back, in `seconds`, and only the first half of it if it is `cut`."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    cut: bool = False


class Listener:
    """A thread that accepts connections, and one for each of them."""

    def __init__(self, server: "HubServer", port: int) -> None:
        self._http = _HttpServer(("127.0.0.1", port), _Handler)
        self._http.hub = server
        self._thread = threading.Thread(target=self._http.serve_forever, args=[0.05], daemon=True)
        self.port = self._http.server_port

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    hub: "HubServer"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that were killed; anything else is a bug of this server."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _HttpServer

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing: the server's `requests` tell more."""

    def _serve(self) -> None:
        url = urlsplit(self.path)
        request = Request(
            self.command,
            url.path,
            [unquote(step) for step in url.path.strip("/").split("/")],
            {name: values[-1] for name, values in parse_qs(url.query).items()},
            {name.lower(): value for name, value in self.headers.items()},
            self._body(),
        )
        reply = self.server.hub.reply(request)
        self.send_response(reply.status)
        length = len(reply.body)
        for name, value in {"content-length": str(length), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if request.method == "HEAD":
            return
        body = reply.body[: length // 2] if reply.cut else reply.body
        for start in range(0, len(body), PIECE):
            time.sleep(reply.seconds * PIECE / max(length, PIECE))
            self.wfile.write(body[start : start + PIECE])
        if reply.cut:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the base's names

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("transfer-encoding", ""):
            return self.rfile.read(int(self.headers.get("content-length", 0)))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)
