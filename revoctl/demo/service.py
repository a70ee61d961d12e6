"""A small web shop, weak as they come or with a header policy applied, on a loopback port."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from revoctl.demo.certificate import Certificate
from revoctl.policy.headers import HeadersPolicy

PAGE = b"""<!doctype html>
<html lang="en"><head><title>Shop</title></head>
<body><h1>Shop</h1><p>One of each, please.</p></body></html>
"""


class Shop(BaseHTTPRequestHandler):
    """Answers every path with one page. ``policy`` None is the weak shop."""

    policy: HeadersPolicy | None = None
    protocol_version = "HTTP/1.1"
    server_version = "Shop/2.4.1"

    def do_GET(self) -> None:
        """Answer with the page, and with what the weak or the hardened shop sends along."""
        self.send_response_only(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(PAGE)))
        for name, value in self._hardened(self.policy) if self.policy else self._weak():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(PAGE)

    do_HEAD = do_OPTIONS = do_GET

    def _weak(self) -> Iterator[tuple[str, str]]:
        yield "Server", self.version_string()
        yield "X-Powered-By", "PHP/7.4.3"
        yield "Set-Cookie", "session=4f2a; Path=/"
        yield "Content-Security-Policy", "default-src *; script-src * 'unsafe-inline' 'unsafe-eval'"
        yield "X-Frame-Options", "ALLOW-FROM https://partner.example"
        origin = self.headers.get("Origin")
        if origin:
            yield "Access-Control-Allow-Origin", origin
            yield "Access-Control-Allow-Credentials", "true"

    def _hardened(self, policy: HeadersPolicy) -> Iterator[tuple[str, str]]:
        yield "Set-Cookie", "__Host-session=4f2a; Path=/; Secure; HttpOnly; SameSite=Lax"
        for setting in policy.settings.values():
            if not setting.paths:
                yield setting.name, setting.value

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: the story is on the terminal."""


@contextlib.contextmanager
def running(certificate: Certificate, policy: HeadersPolicy | None) -> Iterator[str]:
    """The shop on a free loopback port over TLS, as long as the context lasts; yields its URL."""
    handler = type("BoundShop", (Shop,), {"policy": policy})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
