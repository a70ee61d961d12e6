"""Whom a request is from, behind proxies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl.errors import PolicyError
from revoctl.middleware.forwarded import Proxies, counted
from tests.middleware.calls import scope

TRUSTED = ["192.0.2.0/24", "2001:db8::/32"]


@pytest.mark.parametrize(
    ("trusted", "chain", "client"),
    [
        ([], ["203.0.113.9"], "192.0.2.1"),
        (["198.51.100.1"], ["203.0.113.9"], "192.0.2.1"),
        (TRUSTED, [], "192.0.2.1"),
        (TRUSTED, ["203.0.113.9"], "203.0.113.9"),
        (TRUSTED, ["6.6.6.6, 203.0.113.9"], "203.0.113.9"),
        (TRUSTED, ["6.6.6.6", "203.0.113.9, 192.0.2.7"], "203.0.113.9"),
        (TRUSTED, ["203.0.113.9:4711"], "203.0.113.9"),
        (TRUSTED, ["[2001:db9::1]:443"], "2001:db9::1"),
        (TRUSTED, ["2001:db9::1"], "2001:db9::1"),
        (TRUSTED, ["192.0.2.8, 192.0.2.9"], "192.0.2.8"),
        (TRUSTED, ["unknown"], "192.0.2.1"),
        (TRUSTED, ["6.6.6.6, junk, 192.0.2.9"], "192.0.2.9"),
    ],
)
def test_the_chain_is_read_from_the_right(trusted, chain, client):
    """The client is the first address from the right that no trusted proxy has."""
    asked = scope(headers=[("x-forwarded-for", line) for line in chain])
    assert Proxies(trusted).client(asked) == client


def test_a_unix_socket_has_no_peer():
    """A server on a Unix socket trusts its proxy if told so."""
    asked = scope(headers=[("x-forwarded-for", "203.0.113.9")], client=None)
    assert Proxies(["unix"]).client(asked) == "203.0.113.9"
    assert Proxies(["10.0.0.1"]).client(asked) == ""
    assert Proxies([]).client(asked) == ""


def test_a_peer_without_an_address_is_not_trusted():
    """A server that names its peer in words is not behind a trusted network."""
    asked = scope(headers=[("x-forwarded-for", "203.0.113.9")], client=("testclient", 1))
    assert Proxies(TRUSTED).client(asked) == "testclient"


def test_a_mapped_address_is_the_one_it_maps():
    """A dual-stack server writes IPv4 peers as IPv6."""
    asked = scope(headers=[("x-forwarded-for", "203.0.113.9")], client=("::ffff:192.0.2.1", 1))
    assert Proxies(TRUSTED).client(asked) == "203.0.113.9"


def test_a_name_is_not_a_proxy():
    """Only addresses and networks can be trusted."""
    with pytest.raises(PolicyError, match=r"trusted_proxies\[1\]"):
        Proxies(["10.0.0.1", "proxy.internal"])


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("a:b", "a:b"),
        ("", ""),
    ],
)
def test_an_ipv6_client_is_its_network(address, key):
    """A client that owns a /64 cannot get around a limit by changing its address within."""
    assert counted(address) == key


@given(st.lists(st.text(max_size=60), max_size=5), st.text(max_size=20))
def test_any_text_gives_an_answer(chain, proto):
    """Whatever a client writes into these headers, there is an address and a scheme."""
    lines = [("x-forwarded-for", c.encode().decode("latin-1")) for c in chain]
    asked = scope(headers=[*lines, ("x-forwarded-proto", proto.encode().decode("latin-1"))])
    proxies = Proxies(TRUSTED)
    assert proxies.client(asked)
    assert proxies.https(asked) in (True, False)
