"""harden around Starlette, FastAPI, Litestar and Quart, under a real uvicorn."""

import http.client
import logging
import socket
import time
from urllib.parse import urlsplit

import pytest

from revoctl.middleware import harden
from tests.middleware import frameworks
from tests.middleware.live import served

POLICY = {
    "headers": {
        "X-Frame-Options": "DENY",
        "Content-Security-Policy": "script-src 'nonce-{nonce}'",
    },
    "trusted_proxies": [],
    "cors": {"allow_origins": ["https://a.example"]},
    "rate_limit": {"limits": ["1000/minute"]},
}
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture(params=frameworks.FRAMEWORKS)
def origin(request):
    pytest.importorskip(request.param, reason=f"pip install {request.param}")
    pytest.importorskip("uvicorn", reason="pip install uvicorn")
    logging.getLogger("t").setLevel(logging.CRITICAL)
    frameworks.DONE.clear()
    with served(harden(frameworks.FRAMEWORKS[request.param](), POLICY)) as origin:
        yield origin


def get(origin, path):
    connection = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=10)
    connection.request("GET", path, headers={"Origin": "https://a.example"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def guarded(answer):
    assert answer.headers.get_all("X-Frame-Options") == ["DENY"]
    assert answer.headers.get_all("Access-Control-Allow-Origin") == ["https://a.example"]
    assert len(answer.headers.get_all("X-Request-ID")) == 1
    return True


@pytest.mark.parametrize("path", ["/", "/sub/page"])
def test_a_page_has_its_nonce(origin, path):
    """A page, of a mounted application too, finds the nonce that its header allows."""
    answer, body = get(origin, path)
    assert (answer.status, guarded(answer)) == (200, True)
    assert answer.headers["Content-Security-Policy"] == f"script-src 'nonce-{body.decode()}'"


def test_a_stream_arrives_whole(origin):
    """A streamed answer keeps its parts and carries headers."""
    answer, body = get(origin, "/stream")
    assert (answer.status, guarded(answer), body) == (200, True, b"one two three")


@pytest.mark.parametrize(("path", "status"), [("/boom", 500), ("/missing", 404)])
def test_errors_carry_headers(origin, path, status):
    """The framework's own error answers are protected and readable across origins."""
    answer, _ = get(origin, path)
    assert (answer.status, guarded(answer)) == (status, True)


def test_background_work_goes_on(origin):
    """What runs after the answer still runs."""
    answer, _ = get(origin, "/background")
    assert (answer.status, guarded(answer)) == (200, True)
    deadline = time.monotonic() + 5
    while not frameworks.DONE and time.monotonic() < deadline:
        time.sleep(0.01)
    assert frameworks.DONE == ["background"]


def test_a_client_that_leaves(origin):
    """A client that goes away in the middle of a stream leaves the service answering."""
    parts = urlsplit(origin)
    for _ in range(3):
        with socket.create_connection((parts.hostname, parts.port), 5) as wire:
            wire.sendall(b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            wire.recv(10)
    answer, _ = get(origin, "/")
    assert answer.status == 200


def test_websockets_work(origin):
    """A websocket is opened, answered and closed as without the middleware."""
    client = pytest.importorskip("websockets.sync.client", reason="pip install websockets")
    with client.connect(origin.replace("http", "ws", 1) + "/ws") as wire:
        wire.send("hello")
        assert wire.recv(timeout=5) == "hello"
