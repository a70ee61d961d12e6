"""What an operator types, and which of it is public."""

import ipaddress
import json
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl.errors import RevoctlError
from revoctl.headers.fetch import Request
from revoctl.headers.fetch.address import parse_override, why_not_public
from revoctl.headers.fetch.engine import take as take_over
from revoctl.headers.fetch.target import parse_target
from revoctl.headers.fetch.url import BadUrl, RefusedScheme, parse_url, resolve
from revoctl.headers.fetch.wire_blocking import run
from tests.servers.scripted import Scripted, header, sends

DATA = Path(__file__).parents[2] / "data" / "headers" / "ssrf_targets.json"
VECTORS = json.loads(DATA.read_text())["vectors"]
PUBLIC = {"8.8.8.8", "2606:4700:4700::1111", "172.32.0.1"}
INVALID = {
    "http://[fe80::1%25lo]/",
    "http://user:pass@127.0.0.1/",
    "http://127.0.0.1:80\\@8.8.8.8/",
    "http://[::1/",
    "http:///path",
    "http://a..b/",
    "ftp://127.0.0.1/",
    "gopher://127.0.0.1/",
    "//127.0.0.1/",
    "http://ex ample.com/",
    "http://example.com:0/",
    "http://example.com:abc/",
}


def test_there_are_47_targets():
    """The file is whole."""
    assert len(VECTORS) == 47
    assert {v["target"] for v in VECTORS} > INVALID


class Recorder:
    """A wire that reaches nothing and remembers what was to be connected to."""

    def __init__(self) -> None:
        self.connected: list[str] = []

    async def resolve(self, host, port, deadline):
        return ("127.0.0.1",)

    async def connect(self, address, port, deadline):
        self.connected.append(address)
        raise ConnectionRefusedError


@pytest.mark.parametrize("target", [v["target"] for v in VECTORS])
def test_public_only_lets_nothing_else_through(target):
    """A target that reaches a non-global address is refused unconnected, an invalid one rejected.

    Names get their addresses by ``resolve`` or from the wire, because a test asks no name server.
    """
    wire = Recorder()
    overrides = ("example.com:443:127.0.0.1", "example.com:80:10.0.0.1")
    overrides += ("-x.example:80:::ffff:10.1.2.3", "xn--mnchen-3ya.example:80:64:ff9b::7f00:1")
    with pytest.raises(RevoctlError) as caught:
        run(take_over(Request(target, public_only=True, resolve=overrides), wire))
    if target in INVALID:
        assert (caught.value.code, wire.connected) == ("target.invalid", [])
    elif parse_target(target).url.host in PUBLIC:
        assert (caught.value.code, len(wire.connected)) == ("target.refused", 1)
    else:
        assert (caught.value.code, wire.connected) == ("target.private-address", [])


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "localhost", "a.localhost", "0.0.0.0"]
)
def test_public_only_keeps_a_real_server_unasked(host, take):
    """On both wires no spelling of this machine reaches a server that listens on it."""
    with Scripted(sends(b"HTTP/1.1 200 OK\r\n\r\n")) as server:
        assert take(f"http://{host}:{server.port}/").final.status == 200
        with pytest.raises(RevoctlError) as caught:
            take(f"http://{host}:{server.port}/", public_only=True)
        assert server.connections == 1
    assert caught.value.code == "target.private-address"


def test_one_private_address_among_public_ones_is_enough():
    """A name that gives both is refused, since the next look-up may give the private one alone."""

    class Both(Recorder):
        async def resolve(self, host, port, deadline):
            return ("8.8.8.8", "10.0.0.1")

    wire = Both()
    with pytest.raises(RevoctlError) as caught:
        run(take_over(Request("https://both.example/", public_only=True), wire))
    assert (caught.value.code, wire.connected) == ("target.private-address", [])


@pytest.mark.parametrize("vector", [v for v in VECTORS if v.get("getaddrinfo")])
def test_addresses_are_judged_as_the_measured_flags_say(vector):
    """What was measured as not global is not public; nor is what the measured flags got wrong."""
    for flags in vector["flags"]:
        missed = ipaddress.ip_address(flags["ip"]).is_multicast or flags["ip"][:5] in (
            "64:ff",
            "2002:",
        )
        assert bool(why_not_public(flags["ip"])) == (not flags["is_global"] or missed)


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3",
        "100.64.0.1",
        "100.127.255.255",
        "127.255.255.255",
        "169.254.169.254",
        "172.31.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "198.19.0.1",
        "198.51.100.7",
        "203.0.113.9",
        "239.1.1.1",
        "255.255.255.255",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "2002:a00:1::",
        "2001:0:1::1",
        "2001:db8::1",
        "2001:2::1",
        "3fff::1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "100::1",
        "5f00::1",
        "4000::1",
        "2600::5efe:a00:1",
        "nonsense",
    ],
)
def test_special_addresses_are_not_public(address):
    """Each special-purpose range is known, also inside of mapped, translated and tunnelled ones."""
    assert why_not_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "198.17.0.1",
        "198.20.0.1",
        "223.255.255.255",
        "2606:4700::1",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::",
        "2a00::1",
    ],
)
def test_neighbours_of_special_ranges_are_public(address):
    """The ranges are not wider than they are."""
    assert why_not_public(address) == ""


@given(st.integers(0, 2**32 - 1))
def test_ipv4_agrees_with_the_standard_library(number):
    """No address that the library calls private, loopback or multicast is public."""
    address = ipaddress.IPv4Address(number)
    if not address.is_global or address.is_multicast:
        assert why_not_public(str(address))


@given(st.integers(0, 2**128 - 1) | st.integers(0x2000 << 112, (0x4000 << 112) - 1))
def test_ipv6_agrees_with_the_standard_library(number):
    """No address that the library calls not global is public."""
    address = ipaddress.IPv6Address(number)
    if not address.is_global or address.is_multicast:
        assert address.ipv4_mapped or why_not_public(str(address))


@pytest.mark.parametrize(
    ("typed", "url", "assumed"),
    [
        ("example.com", "https://example.com/", True),
        ("  Example.COM/a?b#c ", "https://example.com/a?b", True),
        ("localhost:8080", "https://localhost:8080/", True),
        ("example.com:80", "http://example.com/", False),
        ("example.com:443", "https://example.com/", False),
        ("::1", "https://[::1]/", True),
        ("[::1]:80/x", "http://[::1]/x", False),
        ("HTTP://A.example:80", "http://a.example/", False),
        ("https://a.example:8443/x/../y", "https://a.example:8443/y", False),
        ("https://faß.de/ü x", "https://xn--fa-hia.de/%C3%BC%20x", False),
        ("https://BÜCHER.example", "https://xn--bcher-kva.example/", False),
        ("http://0x7f.1/", "http://127.0.0.1/", False),
        ("https://a_b.example./", "https://a_b.example./", False),
        ("http://[2001:DB8:0:0::1]/", "http://[2001:db8::1]/", False),
    ],
)
def test_targets_become_canonical_urls(typed, url, assumed):
    """Hosts, ports, addresses, names beyond ASCII and paths have one form."""
    target = parse_target(typed)
    assert (str(target.url), target.assumed) == (url, assumed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "http://",
        "https://a:b@c/",
        "a b",
        "a:99999",
        "1.2.3.4.5",
        "http://256.1.1.1/",
        "http://[",
        "javascript:alert(1)",
        "mailto:a@b.c",
        "https://exa\x00mple",
        "http://[v1.x]/",
        "x" * 300,
        "https://a.example/\r\nX: y",
        "https://a%2eb/",
        "file:///etc/passwd",
        "http://a:\u0661/",
    ],
)
def test_what_is_no_target_is_said_to_be_none(typed):
    """The error is target.invalid and shows no password."""
    with pytest.raises(RevoctlError) as caught:
        parse_target(typed)
    assert caught.value.code == "target.invalid"
    assert "a:b" not in str(caught.value)


@given(st.text() | st.text("ht:/p.[]@%\\?#1x\u3002ß", max_size=30))
def test_any_text_is_a_target_or_a_clear_error(text):
    """Only RevoctlError comes out; and a target is stable under being typed again."""
    try:
        target = parse_target(text)
    except RevoctlError as error:
        assert error.code == "target.invalid"
    else:
        assert parse_target(str(target.url)).url == target.url
        str(target.url).encode("ascii")


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/x", "https://a.example/x"),
        ("x", "https://a.example/d/x"),
        ("../x?y#z", "https://a.example/x?y"),
        ("?q", "https://a.example/d/e?q"),
        ("", "https://a.example/d/e?f"),
        ("#z", "https://a.example/d/e?f"),
        ("//b.example/x", "https://b.example/x"),
        ("\\\\b.example\\x", "https://b.example/x"),
        ("/\\b.example", "https://b.example/"),
        ("https:/b.example", "https://b.example/"),
        ("https:///b.example", "https://b.example/"),
        ("HTTP://B.example:80", "http://b.example/"),
        (" https://b.example/\t", "https://b.example/"),
        ("ht\ttps://b.example/", "https://b.example/"),
        ("/caf\xc3\xa9 x", "https://a.example/caf%C3%A9%20x"),
        ("/a:b", "https://a.example/a:b"),
    ],
)
def test_locations_lead_where_browsers_go(location, url):
    """Relative, protocol-relative, sloppy and raw bytes."""
    assert str(resolve(parse_url("https://a.example/d/e?f"), location)) == url


@pytest.mark.parametrize(
    ("location", "error"),
    [
        ("file:///etc/passwd", RefusedScheme),
        ("ms-settings:x", RefusedScheme),
        ("javascript:alert(1)", RefusedScheme),
        ("http://[::1", BadUrl),
        ("http://u:p@b.example/", BadUrl),
        ("https://b.example:0/", BadUrl),
        ("/" + "x" * 20000, BadUrl),
        ("/\x01", BadUrl),
    ],
)
def test_locations_that_lead_nowhere(location, error):
    """Other schemes and broken URLs are refused, each in its way."""
    with pytest.raises(error):
        resolve(parse_url("https://a.example/"), location)


@given(st.text(st.characters(max_codepoint=255)))
def test_any_location_is_a_url_or_bad(location):
    """Nothing but BadUrl comes out of any bytes, and what does come out can be sent."""
    try:
        url = resolve(parse_url("https://a.example/d/e"), location)
    except BadUrl:
        return
    assert str(url).isascii()
    assert " " not in str(url)
    assert str(url).isprintable()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.example:80:127.0.0.1", (("a.example", 80), "127.0.0.1")),
        ("A.example:443:::1", (("a.example", 443), "::1")),
        ("a.example:443:[2001:db8::1]", (("a.example", 443), "2001:db8::1")),
        ("[::1]:8080:127.0.0.1", (("::1", 8080), "127.0.0.1")),
    ],
)
def test_overrides_are_read(text, expected):
    """HOST:PORT:ADDRESS with IPv6 in both places."""
    assert parse_override(text) == expected


@pytest.mark.parametrize("text", ["", "a", "a:80", "a:80:", "a:80:b", "a:0:1.1.1.1", ":80:1.1.1.1"])
def test_bad_overrides_are_refused(text):
    """They say how to write one."""
    with pytest.raises(RevoctlError) as caught:
        parse_override(text)
    assert (caught.value.code, caught.value.fix) == ("target.invalid", "write HOST:PORT:ADDRESS")


def test_an_override_reaches_the_address_it_names(take):
    """The name is asked for, the address connected to, and no name server asked."""
    with Scripted(sends(b"HTTP/1.1 200 OK\r\n\r\n")) as server:
        name = f"nowhere.invalid:{server.port}"
        snapshot = take(f"http://{name}/", resolve=(f"{name}:127.0.0.1",))
        assert header(server.requests[0], "Host") == name
    assert snapshot.final.address == "127.0.0.1"


def test_ipv6_and_localhost_are_reached(take):
    """A literal in brackets, and localhost by whichever of its addresses listens."""
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with Scripted(sends(b"HTTP/1.1 200 OK\r\n\r\n"), host="::1") as server:
        assert take(server.url).final.address == "::1"
        assert take(f"http://localhost:{server.port}/").final.address == "::1"
