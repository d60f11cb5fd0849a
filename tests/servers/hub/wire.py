"""HTTP: reads requests, sends replies, and breaks connections if a fault says so."""

import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from servers import loopback

PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Request:
    """A request; header names are in lower case, `steps` are the unquoted parts of the path."""

    method: str
    path: str
    steps: list[str]
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the value of the body."""
        return json.loads(self.body)

    def form(self) -> dict[str, list[str]]:
        """Return the fields of a form."""
        return parse_qs(self.body.decode())


@dataclass(slots=True)
class Reply:
    """A response; it takes `seconds`, and only its first half is sent if it is `cut`."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    cut: bool = False


class Handler(loopback.Handler):
    """A connection of a client of the Hub."""

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
        reply = self.server.owner.reply(request)
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
            self.hang_up()

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
