"""Start a real server with a snippet in its configuration, and ask it over http.client."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import os
import re
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

START_WITHIN = 20.0  # seconds, on a loaded machine; each needs well under one


@dataclass(frozen=True)
class Answer:
    """A status and the header lines of an answer, in order."""

    status: int
    fields: tuple[tuple[str, str], ...]

    def values(self, name: str) -> list[str]:
        return [v for n, v in self.fields if n.lower() == name.lower()]


_connect = socket.create_connection  # "localhost" is named to the server, never resolved


@dataclass(frozen=True)
class Site:
    """Where a started server listens; ``tls`` is None for one without."""

    port: int
    tls: int | None = None

    def get(self, path: str, secure: bool = False) -> Answer:
        if secure:
            context = ssl._create_unverified_context()
            peer = http.client.HTTPSConnection("localhost", self.tls, timeout=10, context=context)
            peer._create_connection = lambda at, *rest: _connect(("127.0.0.1", at[1]), *rest)
        else:
            peer = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(peer):
            peer.request("GET", path, headers={"Host": "localhost"})
            answer = peer.getresponse()
            answer.read()
            return Answer(answer.status, tuple(answer.getheaders()))


OWN = (
    ("Content-Security-Policy", "default-src *"),
    ("X-Frame-Options", "ALLOWALL"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("Vary", "Accept"),
    ("X-Powered-By", "PHP/7.4"),
    ("X-Gone", "one"),
    ("X-Gone", "two"),
    ("X-Kong-A", "1"),
    ("X-Kong-B", "2"),
    ("X-Kept", "kept"),
)
"""What the application sends by itself on every answer."""

PAGES = {"/": 200, "/data": 200, "/api/x": 200, "/own": 200, "/missing": 404, "/broken": 500}
"""What it answers: /data is JSON, all else is HTML; /own has a Cache-Control of its own."""


def own_fields(path: str) -> list[tuple[str, str]]:
    kind = "application/json" if path == "/data" else "text/html; charset=utf-8"
    extra = [("Cache-Control", "public"), ("X-Html", "own")] if path == "/own" else []
    return [("Content-Type", kind), *OWN, *extra]


class _Application(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(PAGES.get(self.path, 404))
        for name, value in own_fields(self.path):
            self.send_header(name, value)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextlib.contextmanager
def application() -> Iterator[int]:
    """The application behind a proxy, on a free loopback port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Application) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_port
        server.shutdown()


_ports = itertools.count(os.getpid() * 37)


def free_port() -> int:
    """A port below those that systems hand out, and unlikely to be another process's next."""
    for number in _ports:
        port = 20000 + number % 12000
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("the count has no end")


@contextlib.contextmanager
def running(argv: list[str], folder: Path, site: Site, **options) -> Iterator[Site]:
    """A process until the context ends; fails with its output if it does not listen in time."""
    log = folder / "output.log"
    with log.open("wb") as out, subprocess.Popen(
        argv, stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd=folder, **options
    ) as process:  # fmt: skip
        try:
            _listens(process, site, log)
            yield site
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def _listens(process: subprocess.Popen, site: Site, log: Path) -> None:
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", site.port), 1).close()
            return
        time.sleep(0.02)
    pytest.fail(f"{process.args[0]} does not listen:\n{log.read_text(errors='replace')[-3000:]}")


def section(text: str, *words: str, but: str = "never") -> str:
    """The parts of a snippet whose place is described with all of the words and without one."""
    parts = re.split(r"(?m)^(?=# in )", text)
    places = [(" ".join(_place(part)), part) for part in parts]
    return "".join(p for at, p in places if all(w in at for w in words) and but not in at)


def _place(part: str) -> Iterator[str]:
    for line in part.splitlines():
        if not line.startswith("# "):
            return
        yield line[2:]
