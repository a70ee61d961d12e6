"""One deadline for everything, and memory that a target cannot inflate."""

import gzip
import json
import socket
import struct
import subprocess
import sys
import threading
import time
from functools import cache

import pytest

from revoctl.errors import RevoctlError
from tests.servers.scripted import Scripted, drips, mute, sends

HTML = b"HTTP/1.1 200 OK\r\nX-Ok: 1\r\nContent-Type: text/html\r\n\r\n<html>"
TIMEOUT = 0.6


def timed(take, *args, **options):
    started = time.monotonic()
    try:
        return take(*args, timeout=TIMEOUT, **options)
    finally:
        assert time.monotonic() - started < TIMEOUT + 0.5


def test_a_mute_server(take):
    """It accepts and says nothing."""
    with Scripted(mute) as server, pytest.raises(RevoctlError) as caught:
        timed(take, server.url)
    assert caught.value.code == "target.timeout"


@pytest.mark.parametrize("part", [b"X", b"X: y\r\n", b" "])
def test_a_dripping_head(part, take):
    """Bytes that keep coming do not restart the clock."""
    script = drips([b"HTTP/1.1 200 OK\r\n", *([part] * 60)], 0.05)
    with Scripted(script) as server, pytest.raises(RevoctlError) as caught:
        timed(take, server.url)
    assert caught.value.code == "target.timeout"


def test_a_dripping_body_keeps_the_headers(take):
    """The head is judged, the body is what came."""
    with Scripted(drips([HTML, *([b"x"] * 60)], 0.05)) as server:
        hop = timed(take, server.url).final
    assert hop.values("x-ok") == ("1",)
    assert hop.body.text.startswith("<html>x")
    assert not hop.body.complete
    assert [a.kind for a in hop.anomalies] == ["truncated-body"]


def test_a_dripping_body_leaves_time_for_probes(take):
    """However slow the page, a part of the time is kept for what else is asked."""
    script = drips([HTML, *([b"x"] * 60)], 0.05)
    with Scripted(script) as server:
        snapshot = timed(take, server.url, probes=frozenset({"cors"}))
    assert snapshot.probes[0].hops[0].status == 200


def test_redirects_share_the_deadline(take):
    """A chain of slow answers ends with the time, and keeps what came."""

    def slow(connection, request):
        time.sleep(0.2)
        place = request.split()[1] + b"x"
        connection.sendall(b"HTTP/1.1 302 F\r\nLocation: " + place + b"\r\n\r\n")

    with Scripted(slow) as server:
        snapshot = timed(take, server.url)
    assert len(snapshot.hops) in (1, 2)
    assert snapshot.ending == "next-hop-failed"


def test_a_mute_name_server(take, monkeypatch):
    """A look-up that takes for ever holds nothing but its own thread."""
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: over.wait(20) and [])
    with pytest.raises(RevoctlError) as caught:
        timed(take, "http://mute.invalid/")
    over.set()
    assert caught.value.code == "target.timeout"
    assert "name" in caught.value.why


def test_an_unknown_name(take, monkeypatch):
    """What the resolver says is told."""

    def unknown(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(RevoctlError) as caught:
        timed(take, "http://nowhere.invalid/")
    assert caught.value.code == "target.unresolvable"
    assert caught.value.why == "Name or service not known"


def test_a_name_with_several_addresses_is_reached(take, monkeypatch):
    """The first that answers is used, and the name is looked up once."""
    asked: list[bytes] = []

    def two(host, port, **kwargs):
        asked.append(host)
        return [(2, 1, 6, "", (a, port)) for a in ("127.0.0.2", "127.0.0.1", "127.0.0.1")]

    with Scripted(sends(b"HTTP/1.1 302 F\r\nLocation: /x\r\n\r\n")) as server:
        monkeypatch.setattr(socket, "getaddrinfo", two)
        snapshot = timed(take, f"http://two.invalid:{server.port}/")
    assert snapshot.final.address == "127.0.0.1"
    assert asked == [b"two.invalid"]


MEASURE = """
import json, resource, sys, time
from revoctl.headers.fetch import Request, scan, scan_async
if sys.argv[2] == "asyncio":
    import asyncio
    scan = lambda request: asyncio.run(scan_async(request))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started = time.monotonic()
snapshot = scan(Request(sys.argv[1], timeout=10))
took = time.monotonic() - started
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([after - before, took, snapshot.final.body.size]))
"""


@cache
def zeros() -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n"
    return head + gzip.compress(bytes(200_000_000), 9)


def endless(connection, request):
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 65536)
    for _ in range(1600):
        connection.sendall(b"x" * 65536)


def flood(connection, request):
    connection.sendall(HTML)
    for _ in range(1600):
        connection.sendall(b"x" * 65536)


@pytest.mark.parametrize("wire", ["blocking", "asyncio"])
@pytest.mark.parametrize("kind", ["bomb", "flood"])
def test_memory_stays_bounded(kind, wire):
    """200 MB of zeros in gzip, or 100 MB plain, cost less than 40 MB and two seconds."""
    script = sends(zeros()) if kind == "bomb" else flood
    with Scripted(script) as server:
        # By way of a shell, since a process inherits the peak of the one that it is started from.
        command = ["sh", "-c", '"$@"; true', "sh", sys.executable, "-c", MEASURE, server.url, wire]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    kilobytes, seconds, size = json.loads(done.stdout)
    print(kilobytes, seconds)
    assert 0 < kilobytes < 40 * 1024
    assert seconds < 2
    assert size == 1 << 20


def test_an_endless_head_is_bounded(take):
    """100 MB of one header line end after the cap, with the fields before it."""
    with Scripted(endless) as server:
        hop = take(server.url).final
    assert [a.kind for a in hop.anomalies] == ["header-too-large", "header-too-large"]


def test_a_single_scan_stays_light():
    """It loads neither an event loop nor an HTTP library, and for plain http no TLS either."""
    code = """
import sys
from revoctl.headers.fetch import Request, scan
scan(Request(sys.argv[1]))
heavy = {"asyncio", "http.client", "urllib.request", "email", "ssl", "ipaddress", "logging"}
print(sorted(heavy & set(sys.modules)))
"""
    with Scripted(sends(HTML)) as server:
        command = [sys.executable, "-c", code, server.url]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("part", ["head", "body"])
def test_a_connection_that_breaks_keeps_what_came(part, take):
    """A reset in the head or the body loses neither, and is named."""

    def breaks(connection, request):
        connection.sendall(HTML[:-12] if part == "head" else HTML)
        time.sleep(0.1)
        reset = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        connection.close()

    with Scripted(breaks) as server:
        hop = timed(take, server.url).final
    assert hop.values("x-ok") == ("1",)
    assert [a.kind for a in hop.anomalies] == [f"truncated-{part}"]
    assert (hop.body and hop.body.text) == (None if part == "head" else "<html>")
