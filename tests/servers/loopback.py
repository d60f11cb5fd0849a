"""What the servers on 127.0.0.1 have in common: threads, connections, and how they end."""

import contextlib
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CONNECTIONS_WAITING = 512


class Handler(BaseHTTPRequestHandler):
    """A connection; `self.server.owner` handles the requests."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "_Server"

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: `requests` of the servers has all of it."""

    def hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


class Listener:
    """A thread that accepts connections, and one thread for each connection."""

    def __init__(self, handler: type[Handler], owner: Any, port: int) -> None:
        self._http = _Server(("127.0.0.1", port), handler)
        self._http.owner = owner
        self._thread = threading.Thread(target=self._http.serve_forever, args=[0.05], daemon=True)
        self.port = self._http.server_port

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = CONNECTIONS_WAITING
    owner: Any

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that were killed; anything else is a bug in the server."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
