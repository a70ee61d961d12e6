"""The plain-http entrance and the origins of the CORS verdict."""

import pytest

from revoctl.headers.fetch.probes import origins_for
from revoctl.headers.fetch.url import parse_url
from revoctl.headers.snapshot import Ending
from tests.servers.scripted import Scripted, header, path_of, sends

BOTH = frozenset({"cors", "http"})


def cors(connection, request):
    """A server that reflects any origin, and answers preflights otherwise than pages."""
    origin = header(request, "Origin") or ""
    raw = f"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: {origin}\r\nX-Path: "
    connection.sendall(f"{raw}{path_of(request)}\r\n\r\n".encode())


def test_each_origin_is_put_to_the_page(take):
    """One GET for each variant and two preflights, each with its own Origin, to the final URL."""

    def script(connection, request):
        if path_of(request) == "/":
            connection.sendall(b"HTTP/1.1 302 F\r\nLocation: /page\r\n\r\n")
        else:
            cors(connection, request)

    with Scripted(script) as server:
        snapshot = take(f"http://localhost:{server.port}/", probes=frozenset({"cors"}))
        asked = [(r.split()[0], header(r, "Origin")) for r in server.requests[2:]]
    gets = [p for p in snapshot.probes if p.kind == "cors-get"]
    preflights = [p for p in snapshot.probes if p.kind == "cors-preflight"]
    assert [p.variant for p in gets] == ["foreign", "null", "suffix", "prefix", "subdomain"]
    assert [p.variant for p in preflights] == ["foreign", "null"]
    assert len({p.origin for p in gets}) == len(gets)
    assert asked == [(b"GET", p.origin) for p in gets] + [
        (b"OPTIONS", p.origin) for p in preflights
    ]
    for probe in snapshot.probes:
        (hop,) = probe.hops
        assert hop.values("access-control-allow-origin") == (probe.origin,)
        assert hop.values("x-path") == ("/page",)
        assert hop.body is None
    assert snapshot.probed == ("cors",)


@pytest.mark.parametrize(
    ("url", "origins"),
    [
        (
            "https://a.example/x",
            {
                "suffix": "https://a.example.evil.example",
                "prefix": "https://evila.example",
                "subdomain": "https://sub.a.example",
                "downgrade": "http://a.example",
            },
        ),
        (
            "https://a.example:8443/",
            {
                "suffix": "https://a.example.evil.example",
                "prefix": "https://evila.example:8443",
                "subdomain": "https://sub.a.example:8443",
                "downgrade": "http://a.example:8443",
            },
        ),
        ("http://127.0.0.1/", {"suffix": "https://127.0.0.1.evil.example"}),
        ("https://[::1]/", {"downgrade": "http://[::1]"}),
    ],
)
def test_origins_fit_the_target(url, origins):
    """Addresses have no subdomains, and http cannot be downgraded."""
    found = origins_for(parse_url(url))
    assert found.pop("foreign").endswith(".example")
    assert found.pop("null") == "null"
    assert found == origins


def test_what_was_not_asked_is_not_listed(take):
    """Without probes there is one request."""
    with Scripted(sends(b"HTTP/1.1 200 OK\r\n\r\n")) as server:
        snapshot = take(server.url)
        assert server.connections == 1
    assert (snapshot.probes, snapshot.probed) == ((), ())


def test_a_probe_that_fails_says_why(take):
    """The page is judged all the same."""

    def script(connection, request):
        if header(request, "Origin") is None:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    with Scripted(script) as server:
        snapshot = take(server.url, probes=BOTH)
    failed = [p for p in snapshot.probes if p.kind != "http"]
    assert all("closed the connection" in p.error and p.hops == () for p in failed)
    assert snapshot.probed == ("http", "cors")


def test_the_entrance_of_an_http_target_is_its_own_chain(take):
    """Nothing is asked twice."""
    with Scripted(sends(b"HTTP/1.1 200 OK\r\nX-Ok: 1\r\n\r\n")) as server:
        snapshot = take(server.url, probes=frozenset({"http"}))
        assert server.connections == 1
    (probe,) = snapshot.probes
    assert probe.hops[0].values("x-ok") == ("1",)
    assert probe.hops[0].body is None


def test_the_entrance_of_another_port_is_not_asked(take, certificates):
    """No one knows it, so the family is not among those probed, and a note says so."""
    with Scripted(sends(b"HTTP/1.1 200 OK\r\n\r\n"), certificates.good()) as server:
        snapshot = take(server.url, probes=frozenset({"http"}), ca_file=certificates.ca_file)
    assert (snapshot.probes, snapshot.probed) == ((), ())
    assert f"none is known for port {server.port}" in snapshot.notes[0]


def on_default_ports(tls_port: int, plain_port: int | None):
    """A blocking wire on which 443 and 80 of any address are two loopback ports."""
    from revoctl.headers.fetch.wire_blocking import BlockingWire

    class Mapped(BlockingWire):
        async def connect(self, address, port, deadline):
            at = {443: tls_port, 80: plain_port}[port]
            if at is None:
                raise ConnectionRefusedError
            return await super().connect("127.0.0.1", at, deadline)

    return Mapped()


@pytest.mark.parametrize("answers", [True, False])
def test_the_entrance_of_an_https_target_is_port_80(answers, certificates):
    """Its redirect to https is recorded; where nothing listens, the probe says so."""
    from revoctl.headers.fetch import Request
    from revoctl.headers.fetch.engine import take as take_over
    from revoctl.headers.fetch.wire_blocking import run

    to_https = sends(b"HTTP/1.1 301 M\r\nLocation: https://good.example/\r\n\r\n")
    page = sends(b"HTTP/1.1 200 OK\r\n\r\n")
    with Scripted(page, certificates.good()) as secure, Scripted(to_https) as plain:
        wire = on_default_ports(secure.port, plain.port if answers else None)
        request = Request(
            "https://good.example/deep/page",
            probes=frozenset({"http"}),
            resolve=("good.example:443:127.0.0.1", "good.example:80:127.0.0.1"),
            ca_file=certificates.ca_file,
            headers=(("Authorization", "Bearer verysecret"),),
        )
        snapshot = run(take_over(request, wire))
        assert all(header(r, "Authorization") is None for r in plain.requests)
    (probe,) = snapshot.probes
    assert snapshot.probed == ("http",)
    if answers:
        assert [hop.url for hop in probe.hops] == ["http://good.example/", "https://good.example/"]
        assert probe.ending is Ending.FINAL
        assert probe.hops[1].tls.verified
    else:
        assert "refused" in probe.error
