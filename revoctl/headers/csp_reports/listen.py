"""A collector of reports on loopback, for as long as it is wanted.

Sources: CSP Level 3 section 5.3 (``application/csp-report``), Reporting API section 3.5
(``application/reports+json``, sent after a CORS preflight).
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from revoctl.errors import RevoctlError

LOOPBACK = "127.0.0.1"
LARGEST_BODY = 256 << 10
"""Bytes of one request: browsers put a hundred reports into one at most."""
PATIENCE = 5.0
"""Seconds that a client may be silent."""
MOST_AT_ONCE = 32
TYPES = ("application/csp-report", "application/reports+json", "application/json")

Take = Callable[[bytes], None]


@contextlib.contextmanager
def listening(port: int, take: Take) -> Iterator[int]:
    """Receive reports on loopback while the block runs; gives the port (0 asks for a free one).

    ``take`` is called with each body, one at a time. Raises :class:`RevoctlError`
    ``listen.refused`` where the port cannot be had.
    """
    try:
        server = _Server((LOOPBACK, port), take)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise RevoctlError(
            "listen.refused", f"no collector listens on port {port}", why, "choose another port"
        ) from None
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], take: Take) -> None:
        self._take = take
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(MOST_AT_ONCE)
        super().__init__(address, _Handler)

    def take(self, body: bytes) -> None:
        """Hand a body on; handlers run side by side, what they call does not."""
        with self._lock:
            self._take(body)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve in a thread, or hang up where all are busy."""
        if not self._slots.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection and give its place back."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that breaks off is none of our business."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = PATIENCE
    protocol_version = "HTTP/1.0"

    def do_POST(self) -> None:
        """Take one body of reports."""
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        length = self.headers.get("Content-Length", "")
        if kind not in TYPES:
            self._answer(415)
        elif not (length.isascii() and length.isdigit()):
            self._answer(411)
        elif len(length) > 9 or int(length) > LARGEST_BODY:
            self._answer(413)
        else:
            body = self.rfile.read(int(length))
            self.server.take(body)
            self._answer(204)

    def do_OPTIONS(self) -> None:
        """Answer the preflight of a report from another origin."""
        self._answer(204)

    def do_GET(self) -> None:
        """Say that there is nothing to see."""
        self._answer(405)

    def _answer(self, status: int) -> None:
        with contextlib.suppress(OSError, socket.timeout):
            self.send_response(status)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Allow-Methods", "POST")
            self.send_header("Access-Control-Allow-Headers", "content-type")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Requests are no news."""

    def version_string(self) -> str:
        """No server names itself to whoever asks."""
        return "revoctl"
