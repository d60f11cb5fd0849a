"""Opens the port, says under which address the page is, and serves until it is told to end."""

import ipaddress
import os
import re
import secrets
import socket
import stat
from contextlib import suppress
from pathlib import Path

from starlette.types import ASGIApp

from subtasks.errors import Problem
from subtasks.review.access import LOOPBACK, Access

PORTS = 20
"""So many ports are tried, one after the other."""

TOKEN_FILE = "review_token"
MAX_HEADERS = 32_768
"""Bytes of a request before its body."""

CLOSING_SECONDS = 2
"""So long a video that is being sent holds up the end."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


def opened(host: str | None, port: int | None, default: int) -> socket.socket:
    """Open a port: the one that is given, or the first free one from `default` on.

    Raises `Problem` where that cannot be.
    """
    ports = [port] if port is not None else list(range(default, default + PORTS))
    name = host or "127.0.0.1"
    for each in ports:
        try:
            return _bound(name, each)
        except OSError as error:
            reason = error
    raise Problem(f"nothing can be served on {name}, port {ports[0]}: {reason.strerror or reason}")


def _bound(host: str, port: int) -> socket.socket:
    [family, kind, protocol, _, address] = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    found = socket.socket(family, kind, protocol)
    try:
        # A port that was used a moment ago is free; one that somebody listens on is not.
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        found.listen(128)
    except OSError:
        found.close()
        raise
    return found


def access(host: str | None, work: Path) -> Access:
    """Decide whom to let in; with a `host` that others can reach, only who has a new password."""
    token = _token(work / TOKEN_FILE)
    if host is None:
        return Access(token)
    own = {host.lower(), socket.gethostname().lower(), socket.getfqdn().lower()}
    return Access(
        token,
        hosts=LOOPBACK | own,
        password=secrets.token_urlsafe(12),
        any_address=_is_any(host),
    )


def sentence(opened: socket.socket, access: Access) -> str:
    """Return the line that is printed: the address, and the password if there is one."""
    host, port = opened.getsockname()[:2]
    if _is_any(host):
        host = socket.gethostname()
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}/{access.token}/"
    if access.password is None:
        return address
    return f"{address} (any user name, password {access.password})"


def serve(app: ASGIApp, opened: socket.socket) -> None:
    """Answer requests until the process is told to end."""
    import uvicorn

    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",
        # A log would have the token.
        access_log=False,
        server_header=False,
        # Nobody stands before this server, so nobody may say who is behind.
        proxy_headers=False,
        h11_max_incomplete_event_size=MAX_HEADERS,
        timeout_graceful_shutdown=CLOSING_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[opened])


def _token(path: Path) -> str:
    """Return the token of earlier, so that a page that is open goes on after a restart."""
    with suppress(OSError, ValueError):
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(handle, encoding="ascii") as file:
            status = os.fstat(handle)
            text = file.read(100).strip()
        is_own = status.st_uid == os.getuid() and not stat.S_IMODE(status.st_mode) & 0o077
        if is_own and _TOKEN.fullmatch(text):
            return text
    token = secrets.token_urlsafe(16)
    # Where nothing can be written, the next start has another token.
    with suppress(OSError):
        path.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="ascii") as file:
            file.write(token)
    return token


def _is_any(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False
