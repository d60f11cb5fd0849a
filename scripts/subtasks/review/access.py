"""Who may ask: only this page, opened with the address that the program has printed.

A page in the same browser could otherwise send requests to this server: the Host and Origin of each
are checked, and the token in the path, which no other page knows. Nothing is said about anything
before that.
"""

import base64
import binascii
import hmac
import ipaddress
import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("subtasks")

METHODS = frozenset(("GET", "HEAD", "PUT", "DELETE", "POST"))
MAX_BODY = 4_000_000
"""Bytes of a request: labels on 50,000 frames."""

LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "private, no-cache",
}
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^:\[\]@/?#\s]+))(?::[0-9]{1,5})?")
_HEADERS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


@dataclass(frozen=True, slots=True)
class Access:
    """What a request must bring: the `token` in its path, one of the `hosts`, and a password.

    The password is None where only this machine can connect. With `any_address`, the host may be
    any number: only a name can be made to lead somewhere else.
    """

    token: str
    hosts: frozenset[str] = LOOPBACK
    password: str | None = None
    any_address: bool = False

    def knows_host(self, name: str) -> bool:
        """Whether requests may be sent to this host; `name` has no port."""
        if name in self.hosts:
            return True
        if not self.any_address:
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def knows_password(self, header: str | None) -> bool:
        """Whether an Authorization header has the password; any user may use it."""
        if self.password is None:
            return True
        scheme, _, encoded = (header or "").partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            given = base64.b64decode(encoded.strip(), validate=True)
        except (binascii.Error, ValueError):
            return False
        _, _, password = given.partition(b":")
        return hmac.compare_digest(password, self.password.encode())


class Guard:
    """Refuses requests that do not come from the page, and puts safe headers on every answer."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (the interface of ASGI)."""
        if scope["type"] != "http":
            return None
        started = False

        async def send_safely(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                present = {name.lower() for name, _ in message["headers"]}
                more = [each for each in _HEADERS if each[0] not in present]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        if refused := self._refused(scope):
            status, sentence, headers = refused
            return await answer(send_safely, scope, status, sentence, headers)
        prefix = f"/{self._access.token}"
        if scope["path"] == prefix:
            location = [(b"location", f"{prefix}/".encode())]
            return await answer(send_safely, scope, 307, "The page is at ./", location)
        try:
            await self._app({**scope, "root_path": prefix}, receive, send_safely)
        except Exception:
            # The framework has sent the sentence; the traceback is for the log alone.
            log.exception("an error while answering %s", scope["method"])
            if not started:
                raise
        return None

    def _refused(self, scope: Scope) -> tuple[int, str, list[tuple[bytes, bytes]]] | None:
        """Return status, sentence and headers of the refusal of a request; None if it is let in."""
        headers: dict[bytes, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.lower(), []).append(value.decode("latin-1"))

        def one(name: bytes) -> str | None:
            return next(iter(headers.get(name, [])), None)

        hosts = headers.get(b"host", [])
        if len(hosts) != 1 or not self._access.knows_host(_name(hosts[0])):
            return 421, "This server is reached under the address that it has printed.", []
        if not self._access.knows_password(one(b"authorization")):
            ask = [(b"www-authenticate", b'Basic realm="labels", charset="UTF-8"')]
            return 401, "The password that the server has printed is missing or wrong.", ask
        own = {f"http://{hosts[0].lower()}", f"https://{hosts[0].lower()}"}
        if any(origin.lower() not in own for origin in headers.get(b"origin", [])):
            return 403, "Requests of other pages are refused.", []
        site = one(b"sec-fetch-site") or "none"
        opens_page = one(b"sec-fetch-mode") == "navigate" and scope["method"] in ("GET", "HEAD")
        if site not in ("same-origin", "none") and not (site == "same-site" and opens_page):
            return 403, "Requests of other pages are refused.", []
        if scope["method"] not in METHODS:
            return (
                405,
                "This method is not used here.",
                [(b"allow", b"GET, HEAD, PUT, POST, DELETE")],
            )
        if any(_is_long(length) for length in headers.get(b"content-length", [])):
            return 413, "The request is too large.", []
        start = f"/{self._access.token}"
        given = scope["path"][: len(start)]
        rest = scope["path"][len(start) :]
        is_known = hmac.compare_digest(given.encode("utf-8", "replace"), start.encode())
        if not is_known or rest[:1] not in ("", "/"):
            return 404, "There is nothing here: open the address that the server has printed.", []
        return None


async def answer(
    send: Callable[[Message], object],
    scope: Scope,
    status: int,
    sentence: str,
    headers: list[tuple[bytes, bytes]] | None = None,
) -> None:
    """Send a sentence as JSON."""
    body = json.dumps({"message": sentence}).encode()
    known = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    start = {"type": "http.response.start", "status": status, "headers": [*known, *(headers or [])]}
    await send(start)  # type: ignore[misc]
    shown = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": shown})  # type: ignore[misc]


def _name(host: str) -> str:
    """Return a Host header without its port, which a tunnel may change."""
    found = _HOST.fullmatch(host.lower())
    return (found[1] or found[2]) if found else ""


def _is_long(length: str) -> bool:
    return len(length) > 10 or not length.isdecimal() or int(length) > MAX_BODY
