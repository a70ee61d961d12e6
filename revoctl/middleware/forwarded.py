"""Who a request is from, and whether it came over https, behind proxies that are trusted.

``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed as far as trusted proxies wrote them:
read from the right, up to the first address that is not one of them. Anybody can send the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from revoctl.errors import PolicyError
from revoctl.middleware.asgi import Scope, lines

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

_SECURE = ("https", "wss")
LONGEST_CHAIN = 50
"""Proxies in a row that are looked at; more than that is an attempt to cost time."""


class Proxies:
    """The trusted proxies: addresses and networks such as ``10.0.0.0/8``, or none.

    A server on a Unix socket gives no peer; ``unix`` trusts it. Raises
    :class:`~revoctl.errors.PolicyError` for what is not an address.
    """

    def __init__(self, trusted: Sequence[str] = ()) -> None:
        self.unix = "unix" in trusted
        self._networks = _networks([one for one in trusted if one != "unix"])
        self.any = bool(trusted)
        self._trusts: Callable[[str], bool] = lru_cache(4096)(self._is_trusted)

    def https(self, scope: Scope) -> bool:
        """Whether the client's own connection was over TLS."""
        if self.any and self._peer_trusted(scope):
            told = lines(scope, b"x-forwarded-proto").rpartition(",")[2].strip().lower()
            if told:
                return told in _SECURE
        return scope.get("scheme") in _SECURE

    def client(self, scope: Scope) -> str:
        """The client's address as text, empty if the server does not know it."""
        peer = scope.get("client")
        address: str = peer[0] if peer else ""
        if not self.any or not self._peer_trusted(scope):
            return address or ""
        told = lines(scope, b"x-forwarded-for").split(",")[-LONGEST_CHAIN:]
        for written in reversed(told):
            found = _bare(written)
            if not found:
                break
            address = found
            if not self._trusts(found):
                break
        return address or ""

    def _peer_trusted(self, scope: Scope) -> bool:
        peer = scope.get("client")
        return self._trusts(peer[0]) if peer and peer[0] else self.unix

    def _is_trusted(self, address: str) -> bool:
        from ipaddress import ip_address

        try:
            found = ip_address(address)
        except ValueError:
            return False
        mapped = getattr(found, "ipv4_mapped", None) or found
        return any(mapped in network for network in self._networks)


def counted(address: str) -> str:
    """The address as limits count it: an IPv6 client owns its whole /64, so that is one client."""
    return _counted_v6(address) if ":" in address else address


@lru_cache(4096)
def _counted_v6(address: str) -> str:
    from ipaddress import IPv6Address

    try:
        found = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return f"{IPv6Address(int(found) >> 64 << 64)}/64"


def _networks(trusted: Sequence[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    if not trusted:
        return ()
    from ipaddress import ip_network

    found = []
    for index, written in enumerate(trusted):
        try:
            found.append(ip_network(written, strict=False))
        except ValueError as error:
            why = "write networks such as 10.0.0.0/8, or unix"
            raise PolicyError(
                f"trusted_proxies[{index}]", f"is {written!r}", str(error), why
            ) from None
    return tuple(found)


def _bare(written: str) -> str:
    """An address out of a list item, without port and brackets; empty if it is none."""
    from ipaddress import ip_address

    text = written.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return ""
