"""What the benches scan: a page on loopback with a usual set of headers."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

CSP = (
    "default-src 'self'; script-src 'self' 'nonce-r4nd0mr4nd0m1234' https://cdn.example.net; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'; connect-src 'self' https://api.example.com"
)
HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "private, max-age=0"),
    ("Content-Security-Policy", CSP),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Permissions-Policy", "geolocation=(), camera=(), microphone=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Set-Cookie", "session=1; Path=/; Secure; HttpOnly; SameSite=Lax"),
    ("Set-Cookie", "theme=dark; Path=/; Secure"),
    ("Server", "nginx"),
)
BODY = (
    "<!doctype html><html><head><title>t</title>"
    "<script src='/app.js'></script>"
    "<script src='https://cdn.example.net/x.js' integrity='sha384-abc' crossorigin></script>"
    "</head><body>" + "<p>some text and <a href='/x'>a link</a></p>" * 100 + "</body></html>"
)


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response_only(200)
        for name, value in HEADERS:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(BODY.encode())

    do_HEAD = do_OPTIONS = do_GET

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="session")
def page_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()
