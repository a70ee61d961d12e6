"""Which addresses are public, and what the operator says about names.

The table holds what IANA's IPv4 and IPv6 special-purpose address registries call not globally
reachable, with multicast, and all of IPv6 outside 2000::/3 (the only global unicast space in use).
Addresses that carry an IPv4 address inside are judged by that one too. The standard library's
``is_global`` differs between Python versions and calls NAT64 and multicast addresses global.
"""

from __future__ import annotations

import socket

from revoctl.headers.fetch import failures
from revoctl.headers.fetch.url import BadUrl, parse_authority

_IPV4 = (
    ("0.0.0.0", 8, "this network (RFC 791)"),  # noqa: S104  (a table of networks)
    ("10.0.0.0", 8, "private (RFC 1918)"),
    ("100.64.0.0", 10, "shared by carriers (RFC 6598)"),
    ("127.0.0.0", 8, "loopback (RFC 1122)"),
    ("169.254.0.0", 16, "link-local (RFC 3927)"),
    ("172.16.0.0", 12, "private (RFC 1918)"),
    ("192.0.0.0", 24, "for protocol assignments (RFC 6890)"),
    ("192.0.2.0", 24, "for documentation (RFC 5737)"),
    ("192.88.99.0", 24, "a 6to4 relay (RFC 7526)"),
    ("192.168.0.0", 16, "private (RFC 1918)"),
    ("198.18.0.0", 15, "for benchmarks (RFC 2544)"),
    ("198.51.100.0", 24, "for documentation (RFC 5737)"),
    ("203.0.113.0", 24, "for documentation (RFC 5737)"),
    ("224.0.0.0", 4, "multicast (RFC 5771)"),
    ("240.0.0.0", 4, "reserved or broadcast (RFC 1112)"),
)
_IPV6 = (
    ("::", 128, "unspecified (RFC 4291)"),
    ("::1", 128, "loopback (RFC 4291)"),
    ("64:ff9b:1::", 48, "local NAT64 (RFC 8215)"),
    ("100::", 64, "discard-only (RFC 6666)"),
    ("2001::", 32, "Teredo (RFC 4380)"),
    ("2001::", 23, "for protocol assignments (RFC 2928)"),
    ("2001:db8::", 32, "for documentation (RFC 3849)"),
    ("3fff::", 20, "for documentation (RFC 9637)"),
    ("fc00::", 7, "unique local (RFC 4193)"),
    ("fe80::", 10, "link-local (RFC 4291)"),
    ("fec0::", 10, "site-local (RFC 3879)"),
    ("ff00::", 8, "multicast (RFC 4291)"),
)
_EMBEDDED = (
    # prefix, its bits, and how far the IPv4 address stands from the right
    ("::ffff:0:0", 96, 0),
    ("64:ff9b::", 96, 0),
    ("2002::", 16, 80),
)
_ISATAP = (0x00005EFE, 0x02005EFE)

Network = tuple[int, int, str]


def why_not_public(address: str) -> str:
    """Why an IP address (text) is not public; empty if it is. Anything unparsable is not."""
    try:
        if ":" not in address:
            return _why(_number(address), 32, _V4)
        return _why_not_ipv6(_number(address.partition("%")[0]))
    except OSError:
        return "no IP address"


def parse_override(text: str) -> tuple[tuple[str, int], str]:
    """``HOST:PORT:ADDRESS`` as ((host, port), address); an IPv6 part may stand in brackets.

    Raises :class:`~revoctl.errors.RevoctlError` ``target.invalid``.
    """
    bracket = text.find("]") + 1 if text.startswith("[") else 0
    try:
        host, _, rest = text[bracket:].partition(":")
        port, _, address = rest.partition(":")
        host, address = text[:bracket] + host, address.removeprefix("[").removesuffix("]")
        if not (host and port and address):
            raise BadUrl("it is not HOST:PORT:ADDRESS")
        _number(address)
        return parse_authority(f"{host}:{port}", "http"), address
    except (BadUrl, OSError) as error:
        why = str(error) if isinstance(error, BadUrl) else "its last part is no IP address"
        raise failures.option(
            f"--resolve {text[:100]!r} says nothing", why, "write HOST:PORT:ADDRESS"
        ) from None


def _number(address: str) -> int:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return int.from_bytes(socket.inet_pton(family, address), "big")
    except ValueError as error:
        raise OSError(str(error)) from None


def _why(number: int, width: int, table: tuple[Network, ...]) -> str:
    return next((why for base, bits, why in table if (number ^ base) >> (width - bits) == 0), "")


def _why_not_ipv6(number: int) -> str:
    for base, bits, shift in _V6_EMBEDDED:
        if (number ^ base) >> (128 - bits) == 0:
            return _carried((number >> shift) & 0xFFFFFFFF)
    why = _why(number, 128, _V6)
    if not why and number >> 125 != 1:
        why = "outside the global unicast space (RFC 4291)"
    if not why and (number >> 32) & 0xFFFFFFFF in _ISATAP:
        why = _carried(number & 0xFFFFFFFF)
    return why


def _carried(ipv4: int) -> str:
    why = _why(ipv4, 32, _V4)
    return f"a carrier of an IPv4 address that is {why}" if why else ""


_V4 = tuple((_number(base), bits, why) for base, bits, why in _IPV4)
_V6 = tuple((_number(base), bits, why) for base, bits, why in _IPV6)
_V6_EMBEDDED = tuple((_number(base), bits, shift) for base, bits, shift in _EMBEDDED)
